// A chain of market events without a chain: blocks and logs as a node would serve them, the same for the same size. It is
// made once, kept as a file of one block a line, and served to whoever indexes it.

import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { type Order, packResult, packTerms } from "depin";
import { marketAbi } from "depin/abi";
import {
	type AbiEvent,
	type Address,
	encodeAbiParameters,
	encodeEventTopics,
	type Hex,
	keccak256,
	numberToHex,
	pad,
	zeroAddress,
	zeroHash,
} from "viem";

export const MARKET: Address = "0x00000000000000000000000000000000000d3914";
/** Nothing in the file was ever disputed. */
export const PANEL: Address = "0x00000000000000000000000000000000000d3915";
export const CHAIN_ID = 31337;
const EVENTS_A_BLOCK = 100;
const NO_BLOOM = `0x${"00".repeat(256)}`;
/** Anything may be in it, so that whoever follows the head asks for the logs. */
const ANY_BLOOM = `0x${"ff".repeat(256)}`;
/** Blocks that Ponder holds for revocable on a chain it does not know, and some: behind them everything is history. */
const QUIET_BLOCKS = 40;
const EPOCH = 1_790_000_000;
const NODES = 50;
const CONSUMERS = 400;
const DUSD = 1_000_000n;

type Happening = { name: string; args: Record<string, unknown> };
type Block = { head: Hex; block: string; logs: string[] };

/** An address of somebody, by number. */
export function addressOf(kind: number, index: number): Address {
	return pad(numberToHex((kind << 24) | (index + 1)), { size: 20 });
}

/** Consumers are not alike: few of them post most. */
export function skewed(random: number, of: number): number {
	return Math.floor(random ** 3 * of);
}

/** Writes the chain of `events` market events, `perBlock` of them in each block, to `path`, unless it is there. */
export async function writeChain(path: string, events: number, perBlock = EVENTS_A_BLOCK): Promise<void> {
	if (existsSync(path)) return;
	mkdirSync(dirname(path), { recursive: true });
	const file = createWriteStream(`${path}.new`);
	let parent: Hex = zeroHash;
	let number = 0;
	const put = async (happened: Happening[]) => {
		const { head, ...lines } = blockOf(number++, parent, happened);
		parent = head;
		if (!file.write(`${JSON.stringify({ head, ...lines })}\n`)) await once(file, "drain");
	};
	await put([]);
	let waiting: Happening[] = [];
	for (const happening of history(events)) {
		waiting.push(happening);
		if (waiting.length < perBlock) continue;
		await put(waiting);
		waiting = [];
	}
	await put(waiting);
	for (let block = 0; block < QUIET_BLOCKS; block++) await put([]);
	file.end();
	await once(file, "close");
	renameSync(`${path}.new`, path);
}

type LogFilter = {
	fromBlock?: Hex;
	toBlock?: Hex;
	blockHash?: Hex;
	address?: Hex | Hex[];
	topics?: (Hex | Hex[] | null)[];
};

/**
 * Serves the file as JSON-RPC; `askedForLogs` is when (ms of `performance.now`) the first logs were asked for since `forget`.
 * @param shown the blocks that are there at first; the others come one by one as they are released
 */
export async function serveChain(path: string, shown?: number) {
	const blocks = readFileSync(path, "utf8")
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line) as Block)
		.map((block) => ({ ...block, kinds: block.logs.map((log) => (JSON.parse(log) as { topics: Hex[] }).topics[0]) }));
	const byHash = new Map(blocks.map(({ head }, number) => [head, number]));
	let last = (shown ?? blocks.length) - 1;
	let askedForLogs: number | undefined;
	const answer = (method: string, [first, whole]: unknown[]): string => {
		if (method === "eth_chainId") return JSON.stringify(numberToHex(CHAIN_ID));
		if (method === "eth_blockNumber") return JSON.stringify(numberToHex(last));
		if (method === "eth_getBlockByHash") return blocks[byHash.get(first as Hex) ?? -1]?.block ?? "null";
		if (method === "eth_getBlockByNumber") {
			const number = String(first).startsWith("0x") ? Number(first) : last;
			const block = (number <= last ? blocks[number]?.block : undefined) ?? "null";
			return whole === false ? withHashes(block) : block;
		}
		if (method !== "eth_getLogs") throw new Error(`a chain file does not answer ${method}`);
		askedForLogs ??= performance.now();
		const { fromBlock, toBlock, blockHash, address = MARKET, topics = [] } = first as LogFilter;
		// Everything in the file is the market's.
		if (![address].flat().some((wanted) => wanted.toLowerCase() === MARKET.toLowerCase())) return "[]";
		const from = blockHash === undefined ? Number(fromBlock) : (byHash.get(blockHash) ?? 0);
		const to = blockHash === undefined ? Math.min(last, toBlock?.startsWith("0x") ? Number(toBlock) : last) : from;
		// Ponder asks once for each kind of event: answered with all of them every time, it would spend most of its time there.
		const wanted = topics[0] ? [topics[0]].flat() : undefined;
		return `[${blocks
			.slice(from, to + 1)
			.flatMap(({ logs, kinds }) => logs.filter((_, index) => !wanted || wanted.includes(kinds[index] ?? "0x")))
			.join(",")}]`;
	};
	const server = createServer(async (request, response) => {
		const parts: Buffer[] = [];
		for await (const part of request) parts.push(part);
		const {
			id,
			method,
			params = [],
		} = JSON.parse(Buffer.concat(parts).toString()) as {
			id: number;
			method: string;
			params?: unknown[];
		};
		response.setHeader("content-type", "application/json");
		response.end(`{"jsonrpc":"2.0","id":${id},"result":${answer(method, params)}}`);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		askedForLogs: () => askedForLogs,
		forget: () => {
			askedForLogs = undefined;
		},
		height: () => last,
		/** Adds the next block. */
		release: () => {
			last += 1;
		},
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

/** A block whose transactions are named and not shown, as it is asked for by default. */
function withHashes(block: string): string {
	const shown = JSON.parse(block) as { transactions: { hash: Hex }[] } | null;
	return JSON.stringify(shown && { ...shown, transactions: shown.transactions.map(({ hash }) => hash) });
}

/** Classes, nodes and money first; then jobs, each posted, claimed, reported and settled, some hundred at a time. */
function* history(events: number): Generator<Happening> {
	let left = events;
	const one = (name: string, args: Record<string, unknown>): Happening => {
		left -= 1;
		return { name, args };
	};
	yield one("ParamsSet", { params: { feeBps: 200, minBondBps: 0, minJobEscrow: 1n } });
	yield one("ClassSet", { class: 1, minStake: 100n * DUSD, step: 2, documentHash: keccak256("0x01") });
	for (let index = 0; index < CONSUMERS; index++) {
		const account = addressOf(1, index);
		yield one("Deposited", { account, from: account, amount: 10_000_000n * DUSD });
	}
	for (let index = 0; index < NODES; index++) {
		const owner = addressOf(2, index % 20);
		yield one("Deposited", { account: owner, from: owner, amount: 100_000n * DUSD });
		yield one("NodeRegistered", {
			...{ node: addressOf(3, index), owner, class: 1, maxOpen: 64, stake: 10_000n * DUSD },
			...{ activatedAt: EPOCH, rosterIndex: index, metadata: zeroHash, uri: "" },
		});
	}
	for (let salt = 0; left > 0; salt += NODES) {
		const batch = Array.from({ length: NODES }, (_, index) => jobOf(salt + index, addressOf(3, index)));
		for (const step of [0, 1, 2, 3]) for (const job of batch) if (left > 0 && job[step]) yield one(...job[step]);
	}
}

function jobOf(salt: number, node: Address): [string, Record<string, unknown>][] {
	const id = keccak256(numberToHex(salt));
	const consumer = addressOf(1, skewed(fraction(salt), CONSUMERS));
	const order: Order = {
		...{ consumer, salt: BigInt(salt), node: zeroAddress, lots: 1, tasksPerLot: 1, replicas: 1, quorum: 1 },
		...{ metered: false, arbiter: zeroAddress, challengeFor: 60, maxRun: 1_200, postBy: EPOCH * 2 },
		...{ verifier: zeroAddress, openFor: 2_400, rampFor: 600, beatEvery: 0, taskRoot: id },
		...{ startPrice: DUSD, maxPrice: 2n * DUSD, failBps: 5_000, class: 1, bond: DUSD, feeBps: 200, manifest: id },
	};
	const pay = DUSD + BigInt(salt % 1_000);
	const digest = keccak256(id);
	const report = { resultRoot: digest, outputsDigest: digest, statementHash: digest, evidenceHash: zeroHash };
	const times = { startedAt: EPOCH, finishedAt: EPOCH + 60, billed: 60 };
	const result = packResult({ ...report, shadowCommit: zeroHash, status: 0, exitCode: 0, ...times });
	return [
		[
			"Posted",
			{ id, consumer, class: 1, terms: packTerms(order), uri: "ipfs://bafybench?source=http%3A%2F%2F127.0.0.1" },
		],
		["Claimed", { id, job: 0, node, claimDelay: salt % 600, deadline: EPOCH + 1_200 }],
		["Submitted", { id, job: 0, node, digest, result, pay }],
		["Settled", { id, job: 0, node, pay, fee: pay / 50n, refund: 2n * DUSD - pay }],
	];
}

function blockOf(number: number, parent: Hex, happened: Happening[]): Block {
	const head = keccak256(`${parent}${number.toString(16).padStart(8, "0")}`);
	const place = { blockHash: head, blockNumber: numberToHex(number) };
	const transactions = happened.map((_, index) => ({
		...place,
		hash: keccak256(`${head}${index.toString(16).padStart(8, "0")}`),
		transactionIndex: numberToHex(index),
		...{ from: addressOf(1, 0), to: MARKET, input: "0x", nonce: numberToHex(index), value: "0x0", gas: "0x30d40" },
		...{ gasPrice: "0x1", type: "0x0", v: "0x1b", r: "0x1", s: "0x1" },
	}));
	const logs = happened.map(({ name, args }, index) => ({
		...place,
		...logOf(name, args),
		address: MARKET,
		transactionHash: transactions[index]?.hash,
		transactionIndex: numberToHex(index),
		logIndex: numberToHex(index),
		removed: false,
	}));
	const block = {
		hash: head,
		number: place.blockNumber,
		parentHash: parent,
		timestamp: numberToHex(EPOCH + number * 12),
		logsBloom: happened.length === 0 ? NO_BLOOM : ANY_BLOOM,
		...{ miner: zeroAddress, gasUsed: "0x0", gasLimit: "0x1c9c380", baseFeePerGas: "0x1", nonce: "0x0000000000000000" },
		...{
			mixHash: zeroHash,
			stateRoot: zeroHash,
			receiptsRoot: zeroHash,
			transactionsRoot: zeroHash,
			sha3Uncles: zeroHash,
		},
		...{ size: "0x1", difficulty: "0x0", totalDifficulty: "0x0", extraData: "0x", transactions },
	};
	return { head, block: JSON.stringify(block), logs: logs.map((log) => JSON.stringify(log)) };
}

const abiOf = new Map(
	marketAbi.filter((entry) => entry.type === "event").map((entry) => [entry.name as string, entry as AbiEvent]),
);

function logOf(name: string, args: Record<string, unknown>): { topics: unknown; data: Hex } {
	const abi = abiOf.get(name);
	if (!abi) throw new Error(`the market has no event ${name}`);
	const inputs = abi.inputs.filter(({ indexed }) => !indexed);
	return {
		topics: encodeEventTopics({ abi: [abi], eventName: name, args: args as Record<string, never> }),
		data: encodeAbiParameters(
			inputs,
			inputs.map((input) => args[input.name ?? ""]),
		),
	};
}

/** The same fraction for the same number. */
function fraction(index: number): number {
	return ((Math.imul(index + 1, 2_654_435_761) >>> 0) % 1_000_003) / 1_000_003;
}
