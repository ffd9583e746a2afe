import assert from "node:assert/strict";
import { test } from "node:test";
import { isAbort } from "../runtime/errors.ts";
import { inFlight } from "./inFlight.ts";

const never = new AbortController().signal;

test("default: what several want at once is done once, and anew after it ended", async () => {
	const once = inFlight<number>();
	let begun = 0;
	const work = async () => ++begun;
	assert.deepEqual(await Promise.all([once("image", never, work), once("image", never, work)]), [1, 1]);
	assert.equal(await once("image", never, work), 2);
	assert.equal(await once("input", never, work), 3);
});

test("behavior: where the one who began gives up, another begins again, once", async () => {
	const once = inFlight<string>();
	const first = new AbortController();
	const untilAborted = () =>
		new Promise<string>((_, reject) => first.signal.addEventListener("abort", () => reject(first.signal.reason)));
	let again = 0;
	const work = async () => {
		again += 1;
		return "image";
	};
	const cancelled = assert.rejects(once("image", first.signal, untilAborted), isAbort);
	const others = Promise.all([once("image", never, work), once("image", never, work)]);
	first.abort();
	await cancelled;
	assert.deepEqual(await others, ["image", "image"]);
	assert.equal(again, 1);
});

test("behavior: one who gives up while waiting for another stops waiting at once, and the work goes on", async () => {
	const once = inFlight<string>();
	const done = Promise.withResolvers<string>();
	const began = once("image", never, () => done.promise);
	const second = new AbortController();
	const waits = once("image", second.signal, () => done.promise);
	second.abort();
	await assert.rejects(waits, isAbort);
	done.resolve("image");
	assert.equal(await began, "image");
});

test("behavior: any other failure is everybody's", async () => {
	const once = inFlight<string>();
	const fails = () => Promise.reject(new Error("no such image"));
	const both = await Promise.allSettled([once("image", never, fails), once("image", never, fails)]);
	assert.deepEqual(
		both.map(({ status }) => status),
		["rejected", "rejected"],
	);
});

test("behavior: a failure is not the failure of one who has other means", async () => {
	const once = inFlight<string>();
	const fails = () => Promise.reject(new Error("nobody here has it"));
	const [one, other] = await Promise.allSettled([
		once("image", never, fails, "http://one"),
		once("image", never, async () => "image", "http://other"),
	]);
	assert.deepEqual([one.status, other], ["rejected", { status: "fulfilled", value: "image" }]);
});
