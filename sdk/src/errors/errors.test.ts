import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { encodeErrorResult, RawContractError, stringToHex, zeroAddress, zeroHash } from "viem";
import { marketAbi } from "../abi/market.ts";
import { createMarketClient } from "../chain/client.ts";
import { DepinError, findCause, shortMessageOf } from "./base.ts";
import { RpcUnreachableError, WrongChainError } from "./chain.ts";
import { marketErrors } from "./marketErrors.ts";
import { explainChainError, MarketRefusedError } from "./revert.ts";

test("default: every custom error of the Market is one sentence and one next step", () => {
	const errors = marketAbi.filter((entry) => entry.type === "error");
	assert.ok(errors.length > 40);
	for (const { name, inputs } of errors) {
		const args = inputs.map(({ type }) => (type.startsWith("uint") ? 1n : type === "address" ? zeroAddress : zeroHash));
		const { shortMessage, hint } = new MarketRefusedError("call", name, args);
		assert.doesNotMatch(shortMessage, /undefined|\n/, name);
		assert.ok(hint?.endsWith("."), `${name} has no next step`);
		assert.equal(marketErrors[name].says.length, inputs.length || marketErrors[name].says.length, name);
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
