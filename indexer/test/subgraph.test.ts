// The subgraph: what its mappings reckon agrees with the vectors that contracts and sdk share, and the whole of it builds.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { registerHooks } from "node:module";
import { join, resolve } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { verdicts } from "depin";
import { marketAbi, panelArbiterAbi } from "depin/abi";
import { paymentKinds } from "depin/indexer";
import { cidOfDigest, DAG_PB, RAW } from "depin/storage";
import { type AbiEvent, type Hex, toHex } from "viem";
import { SetupFailure } from "../../deploy/setup/failure.js";
import { npm } from "../../deploy/setup/npm.js";

const ROOT = resolve(import.meta.dirname, "../..");
const SUBGRAPH = join(ROOT, "indexer/subgraph");
const run = promisify(execFile);

// In AssemblyScript this module holds the big integers that Node has by itself.
registerHooks({
	resolve(specifier, context, next) {
		if (specifier !== "@graphprotocol/graph-ts") return next(specifier, context);
		return { url: "data:text/javascript,export const BigInt = globalThis.BigInt;", shortCircuit: true };
	},
});
type Pure = {
	RAW: number;
	DAG_PB: number;
	fieldOf(word: Uint8Array, from: number, width: number): Uint8Array;
	reversed(bytes: Uint8Array): Uint8Array;
	cidOf(codec: number, digest: Uint8Array): string;
	sequenceOf(block: string, log: string): string;
	unitPrice(startPrice: bigint, maxPrice: bigint, rampFor: bigint, delay: bigint): bigint;
	orderState(unclaimed: boolean, atWork: boolean): string;
	counterOf(state: string): string;
	verdictName(verdict: number): string;
	changesOfGiver(kind: string): string[];
	changesOfTaker(kind: string): string[];
	changesOfMarket(kind: string): string[];
};
// Named at run time: it is written in AssemblyScript, which the type checker does not know.
const pure = (await import(join(SUBGRAPH, "src/pure.ts"))) as Pure;

type Fields = Record<string, string | boolean>;
type OrderVector = { name: string; order: Fields; terms: Record<string, Hex> };
type ResultVector = { message: Record<string, Hex | number>; result: Record<string, Hex> };
const eventsOf = (abi: readonly { type: string }[]) => abi.filter((entry): entry is AbiEvent => entry.type === "event");
const events = { Market: eventsOf(marketAbi), Panel: eventsOf(panelArbiterAbi) };
const vectors = <T>(name: string): T =>
	JSON.parse(readFileSync(join(ROOT, "contracts/test/vectors", `${name}.json`), "utf8")) as T;
const { orders } = vectors<{ orders: OrderVector[] }>("orders");
const { results } = vectors<{ results: ResultVector[] }>("results");

/** A field as the mappings read it: out of a word whose lowest byte comes first, without the zeros above. */
function field(word: Hex, from: number, width: number): Hex {
	const bytes = pure.reversed(Buffer.from(word.slice(2), "hex"));
	const used = bytes.findLastIndex((byte) => byte !== 0) + 1;
	return toHex(pure.reversed(pure.fieldOf(bytes.slice(0, used), from, width)));
}

/** Where `src/orders.ts` and `src/outcomes.ts` look: `fieldAt(words.<word>, <from>, <width>)` and `addressAt`. */
function places(source: string): { name: string; word: string; from: number; width: number }[] {
	const text = readFileSync(join(SUBGRAPH, "src", source), "utf8");
	const found = text.matchAll(
		/(?:row\.|const )(\w+) = !?(fieldAt|addressAt)\((?:words|report)\.(\w+), (\d+)(?:, (\d+))?\)/g,
	);
	return Array.from(found, ([, name = "", kind, word = "", from, width = "160"]) => {
		assert.equal(kind === "addressAt", width === "160");
		return { name: name.replace("class_", "class"), word, from: Number(from), width: Number(width) };
	});
}

test("default: terms and results are unpacked as the shared vectors say", () => {
	const terms = places("orders.ts");
	assert.equal(terms.length, 22, "every packed field of the terms is read");
	for (const { order, terms: words } of orders)
		for (const { name, word, from, width } of terms)
			assert.equal(BigInt(field(words[word] as Hex, from, width)), BigInt(order[name] as Hex), name);
	const outcome = places("outcomes.ts");
	assert.equal(outcome.length, 5, "every field of the outcome is read");
	for (const { message, result } of results)
		for (const { name, word, from, width } of outcome) {
			const read = BigInt(field(result[word] as Hex, from, width));
			assert.equal(name === "exitCode" ? BigInt.asIntN(32, read) : read, BigInt(message[name] as number), name);
		}
});

test("behavior: content is named as the sdk names it", () => {
	for (const { message } of results)
		for (const [codec, digest] of [
			[RAW, message["statementHash"]],
			[DAG_PB, message["outputsDigest"]],
		] as const) {
			const bytes = Buffer.from(String(digest).slice(2), "hex");
			assert.equal(pure.cidOf(codec, bytes), cidOfDigest(codec, digest as Hex).toString());
		}
	assert.deepEqual([pure.RAW, pure.DAG_PB], [RAW, DAG_PB]);
});

test("behavior: prices climb as the shared vectors say", () => {
	const prices = vectors<{ order: string; delay: string; unitPrice: string }[]>("prices");
	for (const { order: name, delay, unitPrice } of prices) {
		const order = orders.find((vector) => vector.name === name)?.order ?? {};
		const [startPrice, maxPrice, rampFor] = ["startPrice", "maxPrice", "rampFor"].map((field) =>
			BigInt(order[field] as string),
		);
		const reckoned = pure.unitPrice(startPrice ?? 0n, maxPrice ?? 0n, rampFor ?? 0n, BigInt(delay));
		assert.equal(reckoned, BigInt(unitPrice), `${name} after ${delay} s`);
	}
});

test("behavior: keys and states are the mirror's", () => {
	assert.equal(pure.sequenceOf("1234", "7"), "000000001234-000007");
	assert.equal(pure.orderState(true, true), "open");
	assert.equal(pure.orderState(false, true), "assigned");
	assert.equal(pure.orderState(false, false), "done");
	const counted = [
		"open",
		"running",
		"committed",
		"revealed",
		"submitted-ok",
		"submitted-fail",
		"paid",
		"void",
		"none",
	];
	const counters = ["unclaimed", "running", "sealed", "sealed", "submitted", "submitted", "paid", "voided", ""];
	assert.deepEqual(counted.map(pure.counterOf), counters);
	assert.deepEqual(
		verdicts.map((_, code) => pure.verdictName(code)),
		[...verdicts],
	);
});

test("behavior: money moves between balances and is neither made nor lost", () => {
	const balances = ["free", "fees", "escrow", "staked", "bonded", "treasury", "pool"];
	// What a dispute takes in it gives out under other kinds, in the same transaction.
	const disputed = { forfeit: -1, seizure: -1, juror: 1, reward: 1, compensation: 1, remainder: 1 };
	const crosses: Record<string, number> = { deposit: 1, withdrawal: -1, treasury: -1, sweep: -1, ...disputed };
	for (const kind of paymentKinds) {
		const sides = [pure.changesOfGiver(kind), pure.changesOfTaker(kind), pure.changesOfMarket(kind)];
		const held = sides.flat().filter((change) => balances.includes(change.slice(1)));
		const sum = held.reduce((total, change) => total + (change.startsWith("-") ? -1 : 1), 0);
		// Stake and escrow are counted on the account itself, so both ends of those stand on one side.
		assert.equal(sum, crosses[kind] ?? 0, kind);
	}
});

test("behavior: every event of market and panel has a handler, by its exact signature", () => {
	const manifest = readFileSync(join(SUBGRAPH, "subgraph.yaml"), "utf8");
	const handled = Array.from(manifest.matchAll(/- event: (.+)\n\s+handler: (\w+)/g), ([, event, handler]) => [
		event,
		handler,
	]);
	type Input = { type: string; indexed?: boolean; components?: readonly Input[] };
	const typeOf = ({ type, components = [] }: Input): string =>
		type === "tuple" ? `(${components.map(typeOf).join(",")})` : type;
	const expected = [...events.Market, ...events.Panel].map(({ name, inputs }) => {
		const types = inputs.map((input) => `${input.indexed ? "indexed " : ""}${typeOf(input as Input)}`);
		return [`${name}(${types.join(",")})`, `on${name}`];
	});
	assert.deepEqual(handled.toSorted(), expected.toSorted());
});

const lack = await install();

suite("build", { timeout: 300_000 }, () => {
	test("behavior: code is generated and the mappings compile", { skip: lack }, async () => {
		for (const made of ["abis", "generated", "build"]) rmSync(join(SUBGRAPH, made), { recursive: true, force: true });
		await run(process.execPath, [join(SUBGRAPH, "abi.ts")]);
		const graph = join(SUBGRAPH, "node_modules/@graphprotocol/graph-cli/bin/run.js");
		for (const step of ["codegen", "build"]) await run(process.execPath, [graph, step], { cwd: SUBGRAPH });
		for (const [source, sent] of Object.entries(events)) {
			const wasm = readFileSync(join(SUBGRAPH, `build/${source}/${source}.wasm`));
			assert.equal(wasm.subarray(1, 4).toString(), "asm");
			for (const { name } of sent) assert.ok(wasm.includes(`on${name}`), `on${name} is exported`);
		}
	});
});

/** Installs the subgraph's own packages once; they stay out of the workspace. Returns why they could not be, if so. */
async function install(): Promise<string | false> {
	const lock = join(SUBGRAPH, "package-lock.json");
	const stamp = join(SUBGRAPH, "node_modules/.installed-lock.json");
	if (existsSync(stamp) && readFileSync(stamp, "utf8") === readFileSync(lock, "utf8")) return false;
	const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
	const log = join(ROOT, ".depin/logs/setup-subgraph.log");
	const what = "installing the subgraph's packages";
	try {
		await npm(process.execPath, args, { root: SUBGRAPH, what, log, say: () => {} });
	} catch (error) {
		if (!(error instanceof SetupFailure)) throw error;
		return `the subgraph's packages are not installed: ${error.message}`;
	}
	copyFileSync(lock, stamp);
	return false;
}
