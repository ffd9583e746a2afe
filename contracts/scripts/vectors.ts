// Writes contracts/test/vectors: numbers on which Solidity and TypeScript must agree bit for bit. Everything here is
// computed with viem and plain arithmetic, from mechanism and SPEC, not from the contracts. `--check` fails when a file is stale.
import { readFileSync, writeFileSync } from "node:fs";
import {
	concat,
	encodeAbiParameters,
	type Hex,
	hashStruct,
	hashTypedData,
	keccak256,
	numberToHex,
	parseAbiParameters,
	sliceHex,
	toHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

/** The Market that the Devnet module deploys on a fresh Hardhat chain. */
const domain = {
	name: "depin Market",
	version: "1",
	chainId: 31337,
	verifyingContract: "0x0165878A594ca255338adfa4d48449f69242Eb8F",
} as const;

/** Field order and widths, packed from the most significant bit down. */
const fields = {
	consumer: "address",
	salt: "uint96",
	node: "address",
	lots: "uint32",
	tasksPerLot: "uint32",
	replicas: "uint8",
	quorum: "uint8",
	metered: "bool",
	arbiter: "address",
	challengeFor: "uint32",
	maxRun: "uint32",
	postBy: "uint32",
	verifier: "address",
	openFor: "uint32",
	rampFor: "uint32",
	beatEvery: "uint32",
	taskRoot: "bytes32",
	startPrice: "uint96",
	maxPrice: "uint96",
	failBps: "uint16",
	class: "uint16",
	bond: "uint96",
	feeBps: "uint16",
	manifest: "bytes32",
} as const;

const words = [
	["consumerSalt", ["consumer", "salt"]],
	["nodeShape", ["node", "lots", "tasksPerLot", "replicas", "quorum", "metered"]],
	["arbiterTimes", ["arbiter", "challengeFor", "maxRun", "postBy"]],
	["verifierTimes", ["verifier", "openFor", "rampFor", "beatEvery"]],
	["taskRoot", ["taskRoot"]],
	["price", ["startPrice", "maxPrice", "failBps", "class"]],
	["bondFee", ["bond", "feeBps"]],
	["manifest", ["manifest"]],
] as const;

type Field = keyof typeof fields;
type Order = {
	[F in Field]: (typeof fields)[F] extends "bool"
		? boolean
		: (typeof fields)[F] extends "address" | "bytes32"
			? Hex
			: bigint;
};

const widthOf = (field: Field) => {
	const type = fields[field];
	if (type === "address") return 160n;
	if (type === "bool") return 8n;
	if (type === "bytes32") return 256n;
	return BigInt(type.slice(4));
};

function pack(order: Order) {
	return Object.fromEntries(
		words.map(([word, parts]) => {
			const value = parts.reduce((sum, field) => (sum << widthOf(field)) | BigInt(order[field]), 0n);
			return [word, numberToHex(value, { size: 32 })];
		}),
	);
}

const orderType = Object.entries(fields).map(([name, type]) => ({ name, type }));
const resultType = [
	{ name: "orderId", type: "bytes32" },
	{ name: "job", type: "uint32" },
	{ name: "node", type: "address" },
	{ name: "resultRoot", type: "bytes32" },
	{ name: "outputsDigest", type: "bytes32" },
	{ name: "statementHash", type: "bytes32" },
	{ name: "evidenceHash", type: "bytes32" },
	{ name: "shadowCommit", type: "bytes32" },
	{ name: "status", type: "uint8" },
	{ name: "exitCode", type: "int32" },
	{ name: "startedAt", type: "uint32" },
	{ name: "finishedAt", type: "uint32" },
	{ name: "billed", type: "uint32" },
] as const;
const consentType = [
	{ name: "owner", type: "address" },
	{ name: "node", type: "address" },
	{ name: "class", type: "uint16" },
	{ name: "deadline", type: "uint256" },
] as const;

const word = (text: string) => keccak256(toHex(text));
const someone = (text: string) => sliceHex(word(text), 0, 20);
const max = (bits: bigint) => (1n << bits) - 1n;
const none = numberToHex(0n, { size: 20 });

const plain: Order = {
	consumer: someone("consumer"),
	salt: 1n,
	node: none,
	lots: 1n,
	tasksPerLot: 1n,
	replicas: 1n,
	quorum: 1n,
	metered: false,
	arbiter: none,
	challengeFor: 60n,
	maxRun: 3_600n,
	postBy: 2_000_000_000n,
	verifier: none,
	openFor: 7_200n,
	rampFor: 0n,
	beatEvery: 0n,
	taskRoot: word("task root"),
	startPrice: 1_000_000n,
	maxPrice: 1_000_000n,
	failBps: 5_000n,
	class: 1n,
	bond: 200_000n,
	feeBps: 200n,
	manifest: word("manifest"),
};
const all = Object.fromEntries(
	Object.entries(fields).map(([name, type]) => {
		if (type === "bool") return [name, true];
		if (type === "address") return [name, numberToHex(max(160n), { size: 20 })];
		return type === "bytes32" ? [name, numberToHex(max(256n), { size: 32 })] : [name, max(BigInt(type.slice(4)))];
	}),
) as Order;
const distinct = Object.fromEntries(
	Object.entries(fields).map(([name, type]) => {
		if (type === "bool") return [name, true];
		if (type === "address") return [name, someone(name)];
		return type === "bytes32" ? [name, word(name)] : [name, BigInt(word(name)) & max(BigInt(type.slice(4)))];
	}),
) as Order;

const samples: Record<string, Order> = {
	plain,
	metered: {
		...plain,
		metered: true,
		startPrice: 500n,
		maxPrice: 1_500n,
		rampFor: 600n,
		bond: 540_000n,
		beatEvery: 120n,
	},
	auction: { ...plain, startPrice: 333_333n, maxPrice: 1_000_001n, rampFor: 7n, failBps: 9_000n },
	oneWei: { ...plain, startPrice: 0n, maxPrice: 1n, rampFor: 1_000n, failBps: 1_000n, bond: 1n },
	lots: { ...plain, lots: 64n, tasksPerLot: 1_000n, salt: max(96n), maxRun: 604_800n },
	named: { ...plain, node: someone("node"), rampFor: 300n, startPrice: 900_000n },
	all,
	distinct,
};

const orders = Object.entries(samples).map(([name, order]) => ({
	name,
	order,
	terms: pack(order),
	structHash: hashStruct({ data: order, primaryType: "Order", types: { Order: orderType } }),
	orderId: hashTypedData({ domain, types: { Order: orderType }, primaryType: "Order", message: order }),
}));
const idOf = (name: string) => orders.find((entry) => entry.name === name)?.orderId as Hex;

// ---- results and receipts ----

const outcomes = [
	{ status: 0, exitCode: 0, startedAt: 1_900_000_010, finishedAt: 1_900_000_600, billed: 590 },
	{ status: 1, exitCode: 3, startedAt: 1_900_000_010, finishedAt: 1_900_000_011, billed: 1 },
	{ status: 3, exitCode: 137, startedAt: 1_900_000_010, finishedAt: 1_900_000_030, billed: 20 },
	{ status: 4, exitCode: -1, startedAt: 1_900_000_010, finishedAt: 1_900_000_010, billed: 0 },
	{ status: 6, exitCode: -2_147_483_648, startedAt: 0, finishedAt: 4_294_967_295, billed: 4_294_967_295 },
];
const results = outcomes.map((outcome, i) => {
	const orderName = i % 2 === 0 ? "plain" : "lots";
	const job = i % 2 === 0 ? 0 : 63;
	const node = someone(`node ${i}`);
	const roots = {
		resultRoot: word(`result root ${i}`),
		outputsDigest: word(`outputs ${i}`),
		statementHash: word(`statement ${i}`),
		evidenceHash: i === 0 ? word("evidence") : numberToHex(0n, { size: 32 }),
		shadowCommit: i === 1 ? word("shadow") : numberToHex(0n, { size: 32 }),
	};
	const packed =
		(BigInt(outcome.status) << 128n) |
		(BigInt.asUintN(32, BigInt(outcome.exitCode)) << 96n) |
		(BigInt(outcome.startedAt) << 64n) |
		(BigInt(outcome.finishedAt) << 32n) |
		BigInt(outcome.billed);
	const message = { orderId: idOf(orderName), job, node, ...roots, ...outcome };
	const digest = hashTypedData({ domain, types: { Result: resultType }, primaryType: "Result", message });
	const receipt = { job, node, pay: BigInt(i) * 123_456_789n, submittedAt: 1_900_001_000 + i, digest };
	const encoded = encodeAbiParameters(
		parseAbiParameters("uint32 job, address node, uint96 pay, uint32 submittedAt, bytes32 digest"),
		[receipt.job, receipt.node, receipt.pay, receipt.submittedAt, receipt.digest],
	);
	return {
		order: orderName,
		message,
		result: { ...roots, outcome: numberToHex(packed, { size: 32 }) },
		digest,
		receipt,
		receiptHash: sliceHex(keccak256(encoded), 0, 26),
	};
});

// ---- consent ----

const signer = privateKeyToAccount(word("a node key"));
const consentMessage = { owner: someone("owner"), node: signer.address, class: 1, deadline: 2_000_000_000n };
const consentData = {
	domain,
	types: { NodeConsent: consentType },
	primaryType: "NodeConsent",
	message: consentMessage,
} as const;
const consent = {
	message: consentMessage,
	digest: hashTypedData(consentData),
	signature: await signer.signTypedData(consentData),
};

// ---- trees ----

const twice = (types: string, values: readonly unknown[]) =>
	keccak256(keccak256(encodeAbiParameters(parseAbiParameters(types), values as never)));
const pairHash = (a: Hex, b: Hex) => keccak256(concat(BigInt(a) < BigInt(b) ? [a, b] : [b, a]));

function layersOf(leaves: Hex[]) {
	const layers = [leaves];
	for (let layer = leaves; layer.length > 1; layers.push(layer)) {
		// An odd last node is promoted unchanged.
		layer = Array.from({ length: Math.ceil(layer.length / 2) }, (_, i) => {
			const [left, right] = [layer[2 * i] as Hex, layer[2 * i + 1]];
			return right ? pairHash(left, right) : left;
		});
	}
	return layers;
}

function proofOf(layers: Hex[][], leaf: number) {
	return layers.slice(0, -1).flatMap((layer, level) => layer[(leaf >> level) ^ 1] ?? []);
}

const trees = [1, 2, 3, 5, 8, 13].map((size) => {
	const specDigests = Array.from({ length: size }, (_, i) => word(`spec ${size}/${i}`));
	const taskLeaves = specDigests.map((digest, i) => twice("uint256, bytes32", [BigInt(i), digest]));
	const tasks = layersOf(taskLeaves);
	const outputs = taskLeaves.map((taskLeaf, i) => {
		const output = { index: i, taskLeaf, outputDigest: word(`output ${size}/${i}`), status: i % 7 };
		const values = [BigInt(i), taskLeaf, output.outputDigest, output.status];
		return { ...output, leaf: twice("uint256, bytes32, bytes32, uint8", values) };
	});
	const resultLayers = layersOf(outputs.map(({ leaf }) => leaf));
	return {
		specDigests,
		taskLeaves,
		taskRoot: tasks.at(-1)?.[0],
		taskProofs: taskLeaves.map((_, i) => proofOf(tasks, i)),
		outputs,
		resultRoot: resultLayers.at(-1)?.[0],
		resultProofs: outputs.map((_, i) => proofOf(resultLayers, i)),
	};
});

// ---- prices ----

function unitPrice(order: Order, delay: bigint) {
	if (order.rampFor === 0n || delay >= order.rampFor) return order.maxPrice;
	return order.startPrice + ((order.maxPrice - order.startPrice) * delay) / order.rampFor;
}

function pay(order: Order, delay: bigint, status: number, billed: bigint) {
	const unit = unitPrice(order, delay);
	const worked = billed < order.maxRun ? billed : order.maxRun;
	if (status > 4) return 0n;
	if (status === 0) return unit * (order.metered ? worked : 1n);
	return (unit * worked * order.failBps) / (10_000n * (order.metered ? 1n : order.maxRun));
}

const priced = ["plain", "metered", "auction", "oneWei", "named", "lots"] as const;
const prices = priced.flatMap((name) => {
	const order = samples[name] as Order;
	return [0n, 3n, 6n, 7n, 299n, 599n, 600n].map((delay) => ({
		order: name,
		delay,
		unitPrice: unitPrice(order, delay),
		pays: [0, 1, 4, 6].flatMap((status) =>
			[0n, 1_799n, 3_600n, 700_000n].map((billed) => ({ status, billed, pay: pay(order, delay, status, billed) })),
		),
	}));
});

// ---- sortition ----

function firstStep(id: Hex, job: number, node: Hex, nodes: bigint) {
	const hash = keccak256(encodeAbiParameters(parseAbiParameters("bytes32, uint32, address"), [id, job, node]));
	const ticket = BigInt(hash) & max(64n);
	let step = 0n;
	const width = () => (4n << step < nodes ? 4n << step : nodes);
	while (ticket * nodes > width() << 64n) step++;
	return { ticket, step };
}

const sortition = [1n, 4n, 5n, 64n, 1_000n, 4_294_967_295n].flatMap((nodes) =>
	Array.from({ length: 6 }, (_, i) => {
		const [id, job, node] = [idOf(i % 2 === 0 ? "plain" : "lots"), i * 7, someone(`drawn ${nodes}/${i}`)] as const;
		return { orderId: id, job, node, nodes, ...firstStep(id, job, node, nodes) };
	}),
);

// ---- files ----

const check = process.argv.includes("--check");
const print = (content: object) =>
	`${JSON.stringify(content, (_, value) => (typeof value === "bigint" ? value.toString() : value), "\t")}\n`;
for (const [name, content] of Object.entries({
	orders: { domain, orders },
	results: { domain, results },
	consent: { domain, ...consent },
	trees,
	prices,
	sortition,
})) {
	const path = new URL(`../test/vectors/${name}.json`, import.meta.url);
	const text = print(content);
	if (!check) writeFileSync(path, text);
	else if (readFileSync(path, "utf8") !== text) {
		console.error(`contracts/test/vectors/${name}.json is stale: run contracts/scripts/vectors.ts and commit it`);
		process.exitCode = 1;
	}
}
