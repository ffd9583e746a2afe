import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import {
	BaseError,
	encodeErrorResult,
	NonceTooLowError,
	RawContractError,
	stringToHex,
	TransactionExecutionError,
	zeroAddress,
	zeroHash,
} from "viem";
import { marketAbi } from "../abi/market.ts";
import { panelArbiterAbi } from "../abi/panelArbiter.ts";
import { createMarketClient } from "../chain/client.ts";
import { DepinError, findCause, shortMessageOf } from "./base.ts";
import { NonceTakenError, RpcUnreachableError, WrongChainError } from "./chain.ts";
import { type Explanation, marketErrors } from "./marketErrors.ts";
import { panelErrors } from "./panelErrors.ts";
import { explainChainError, MarketRefusedError } from "./revert.ts";

for (const [contract, abi, table] of [
	["Market", marketAbi, marketErrors],
	["panel arbiter", panelArbiterAbi, panelErrors],
] as const)
	test(`default: every custom error of the ${contract} is one sentence and one next step`, () => {
		const errors = abi.filter((entry) => entry.type === "error");
		assert.ok(errors.length > 15);
		for (const error of errors) {
			const args = error.inputs.map(({ type }) =>
				type.startsWith("uint") ? 1n : type === "address" ? zeroAddress : zeroHash,
			);
			const data = encodeErrorResult({ abi: [error], args: args as never });
			const refused = explainChainError(new RawContractError({ data }), "call");
			assert.ok(refused instanceof MarketRefusedError, error.name);
			assert.doesNotMatch(refused.shortMessage, /undefined|refused with|\n/, error.name);
			assert.ok(refused.hint?.endsWith("."), `${error.name} has no next step`);
			const { says } = (table as Record<string, Explanation>)[error.name] ?? assert.fail(error.name);
			assert.ok(says.length <= args.length, `${error.name} speaks of more than it is told`);
		}
	});

test("behavior: revert data without an ABI is explained too", () => {
	const data = encodeErrorResult({
		abi: marketAbi,
		errorName: "TermOutOfBounds",
		args: [stringToHex("bond", { size: 32 }), 1n, 2n, 3n],
	});
	const error = explainChainError(new RawContractError({ data }), "post");
	assert.ok(error instanceof MarketRefusedError);
	assert.equal(error.shortMessage, "the order's bond is 1; 2 to 3 is allowed");
	const unknown = explainChainError(new RawContractError({ data: "0xdeadbeef" }), "post");
	assert.ok(unknown instanceof MarketRefusedError);
	assert.equal(unknown.errorName, "0xdeadbeef");
});

test("behavior: a dead endpoint is retriable and named without its key", async () => {
	const server = createServer().listen(0, "127.0.0.1");
	await new Promise((listening) => server.once("listening", listening));
	const address = server.address();
	server.close();
	assert.ok(typeof address === "object" && address);
	const url = `http://127.0.0.1:${address.port}/v2/secret-key`;
	const client = createMarketClient({ chainId: 1, rpcUrl: url, market: zeroAddress, asset: zeroAddress });
	const failure = await client.getChainId().catch((error: unknown) => explainChainError(error, "connecting"));
	assert.ok(failure instanceof RpcUnreachableError);
	assert.equal(failure.retriable, true);
	assert.doesNotMatch(failure.message, /secret-key/);
});

test("behavior: an account that sends two transactions at once is told so, and that the second was not taken", () => {
	const taken = [
		new NonceTooLowError({ nonce: 3 }),
		new BaseError("An internal error was received.", { details: "replacement transaction underpriced" }),
	];
	for (const cause of taken) {
		const sent = new TransactionExecutionError(cause, { account: null, to: zeroAddress });
		const told = explainChainError(sent, "post");
		assert.ok(told instanceof NonceTakenError, String(told));
		assert.equal(told.retriable, true);
	}
});

test("behavior: an unknown error comes back as it is", () => {
	const error = new TypeError("mine");
	assert.equal(explainChainError(error, "call"), error);
	const ours = new WrongChainError({ expected: 1, actual: 2, url: "http://x.example/key" });
	assert.equal(explainChainError(ours, "call"), ours);
	assert.equal(ours.code, "wrong-chain");
});

test("behavior: a message tells the facts and the next step; causes are found through the chain", () => {
	const inner = new RangeError("inner");
	const outer = new DepinError("it broke", {
		cause: new Error("middle", { cause: inner }),
		meta: ["a: 1"],
		hint: "Fix it.",
	});
	assert.equal(outer.message, "it broke\n  a: 1\nFix it.");
	assert.equal(
		findCause(outer, (cause) => cause instanceof RangeError),
		inner,
	);
	assert.equal(
		findCause(outer, (cause) => cause instanceof SyntaxError),
		undefined,
	);
	const loop = new Error("loop");
	loop.cause = loop;
	assert.equal(
		findCause(loop, (cause) => cause instanceof RangeError),
		undefined,
	);
	assert.equal(shortMessageOf(outer), "it broke");
	assert.equal(shortMessageOf("text"), "text");
});
