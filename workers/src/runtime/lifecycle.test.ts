import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { OperatorError, UnavailableError } from "./errors.ts";
import { type Lifecycle, runLifecycle } from "./lifecycle.ts";
import { createLog } from "./log.ts";
import { sleep } from "./loop.ts";

const log = createLog({ role: "test", level: "silent" });
const run = (work: (life: Lifecycle) => Promise<void>, drainMs = 60_000) => runLifecycle({ log, drainMs }, work);
const forever = (signal: AbortSignal) => sleep(2 ** 30, signal);

test("default: work that ends is exit 0, after its clean-ups in reverse order", async () => {
	const order: string[] = [];
	const code = await run(async (life) => {
		life.defer("store", () => order.push("store"));
		life.defer("http", () => order.push("http"));
		order.push("work");
	});
	assert.equal(code, 0);
	assert.deepEqual(order, ["work", "http", "store"]);
});

test("behavior: the exit code follows from the class of the failure", async () => {
	const fail = (error: unknown) =>
		run(async () => {
			throw error;
		});
	assert.equal(await fail(new OperatorError("x", "the port is taken")), 1);
	assert.equal(await fail(new UnavailableError("x", "the chain is away")), 75);
	assert.equal(await fail(Object.assign(new Error("x"), { code: "ECONNREFUSED" })), 75);
	assert.equal(await fail(new Error("at start", { cause: new OperatorError("x", "no funds") })), 1);
	assert.equal(await fail(new TypeError("a mistake of ours")), 70, "to be started again");
});

test("behavior: draining lets work in hand finish", async () => {
	let finished = false;
	const code = await run(async (life) => {
		life.stop("SIGTERM");
		await forever(life.draining).catch(() => {});
		assert.equal(life.signal.aborted, false);
		finished = true;
	});
	assert.equal(code, 0);
	assert.ok(finished);
});

test("behavior: work that is still going when the limit is over is left, and that is no failure", async () => {
	const code = await run(async (life) => {
		life.stop("SIGTERM");
		await forever(life.signal);
	}, 5);
	assert.equal(code, 0);
});

test("behavior: a wait that was cut off by draining is no failure", async () => {
	const code = await run(async (life) => {
		life.stop("SIGTERM");
		await forever(life.draining);
	});
	assert.equal(code, 0);
});

test("behavior: one clean-up that fails does not keep the others from running", async () => {
	let closed = false;
	const code = await run(async (life) => {
		life.defer("last", () => {
			closed = true;
		});
		life.defer("first", () => {
			throw new Error("cannot close");
		});
	});
	assert.equal(code, 0);
	assert.ok(closed);
});

/** A process whose work never ends by itself and does not care that it should. */
const deaf = `
	import { onSignals, runLifecycle } from ${JSON.stringify(join(import.meta.dirname, "lifecycle.ts"))};
	import { createLog } from ${JSON.stringify(join(import.meta.dirname, "log.ts"))};
	setInterval(() => {}, 1000);
	const work = async () => {
		console.log("working");
		await new Promise(() => {});
	};
	await runLifecycle({ log: createLog({ role: "test" }), drainMs: 2 ** 30 }, work, onSignals);
`;

test("behavior: a second signal ends the process at once with 75, to be started again", async () => {
	const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", deaf]);
	const ended = new Promise((done) => child.once("exit", done));
	const says = (word: string) =>
		new Promise<void>((heard) => {
			child.stdout.on("data", (chunk) => String(chunk).includes(word) && heard());
		});
	await says("working");
	const draining = says("draining");
	child.kill("SIGTERM");
	await draining;
	child.kill("SIGINT");
	assert.equal(await ended, 75);
});

test("behavior: what nobody caught is logged and ends the process with 70, to be started again", async () => {
	const careless = `
		import { onMistakes } from ${JSON.stringify(join(import.meta.dirname, "lifecycle.ts"))};
		import { createLog } from ${JSON.stringify(join(import.meta.dirname, "log.ts"))};
		onMistakes(createLog({ role: "test" }));
		setInterval(() => {}, 1000);
		Promise.reject(new RangeError("out of range"));
	`;
	const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", careless]);
	let said = "";
	child.stdout.on("data", (chunk) => {
		said += chunk;
	});
	assert.equal(await new Promise((done) => child.once("close", done)), 70);
	assert.match(said, /"level":"fatal".*"type":"RangeError".*"exit":70.*"out of range"/);
});
