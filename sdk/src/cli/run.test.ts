// The command on a real chain and a real storage node; only the node is scripted, so that it can also lie.
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, before, test } from "node:test";
import { type CliResult, profileFolder, runCli } from "../../test/cli.ts";
import { type LocalMarket, startLocalMarket, testAccount } from "../../test/localMarket.ts";
import { type LocalStorage, startLocalStorage } from "../../test/localStorage.ts";
import { playNode, type Script } from "../../test/scriptedNode.ts";
import { getAccount } from "../actions/getAccount.ts";
import { listOrders } from "../actions/listOrders.ts";
import { watchEvents } from "../actions/watchEvents.ts";
import { shortId } from "../chain/jobRef.ts";
import { runCli as runCommandLine } from "./main.ts";

const consumer = testAccount(1);
const owner = testAccount(2);
const node = testAccount(3);
const IMAGE = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
const JOB = `version: 1
image: ${IMAGE}
timeout: 60
match: exact
env: { SEED: "1" }
order: { price: "0.50" }
`;
const never = new AbortController().signal;
const profiles = profileFolder();
let market: LocalMarket;
let storage: LocalStorage;
let profile: string;

before(async () => {
	[market, storage] = await Promise.all([startLocalMarket(), startLocalStorage()]);
	const { url, token } = storage;
	profile = profiles.write("consumer", {
		...profiles.of(market, consumer),
		storage: { url, token },
		allowPrivateSources: true,
	});
	await market.mint(consumer, 1_000_000_000n);
	await market.registerNode(owner, node);
	await market.passTime(2);
});
after(async () => {
	profiles[Symbol.dispose]();
	await Promise.all([market.stop(), storage.stop()]);
});

function job(text = JOB): string {
	const path = join(profiles.folder, "job.yaml");
	writeFileSync(path, text);
	return path;
}

const depin = (...args: string[]): Promise<CliResult> =>
	runCli([...args, "--profile", profile], { cwd: profiles.folder });

/** Runs the command and lets the scripted node do every job it posts. */
async function runWith(script: Script, ...args: string[]): Promise<CliResult> {
	const client = market.client(node);
	const fromBlock = (await client.getBlockNumber({ cacheTime: 0 })) + 1n;
	const stop = new AbortController();
	const played = (async () => {
		for await (const { events } of watchEvents(client, { fromBlock, signal: stop.signal })) {
			for (const event of events) {
				if (event.eventName !== "Posted") continue;
				const { lots } = (await listOrders(client, { consumer: consumer.address })).at(-1)?.order ?? { lots: 0 };
				for (let number = 0; number < lots; number++) {
					await playNode({ client, account: node, storage }, { orderId: event.args.id, job: number }, script);
				}
			}
		}
	})();
	try {
		return await depin("run", ...args);
	} finally {
		stop.abort();
		await played;
	}
}

test("default: run --wait posts, checks, fetches, pays, and prints the result's path", async () => {
	const done = await runWith({ files: { "metrics.json": "{}", "deep/weights.bin": "w" } }, job(), "--wait");
	assert.equal(done.code, 0, done.stderr);
	const path = done.stdout.trim();
	assert.equal(readFileSync(join(path, "deep/weights.bin"), "utf8"), "w");
	assert.match(done.stderr, /at most +0\.50 dUSD: held when posted, and the most you can lose/);
	assert.match(done.stderr, new RegExp(`image: ${IMAGE}`));
	assert.equal((await getAccount(market.client(owner), { account: owner.address })).free, 490_000n);
	const { orderId } =
		(await listOrders(market.client(consumer), { consumer: consumer.address })).at(-1) ?? assert.fail();
	assert.equal(path, join(profiles.folder, "depin-results", shortId(orderId), "0"));

	const checked = await depin("verify", `${orderId}/0`, "--json");
	assert.equal(checked.code, 0, checked.stderr);
	assert.ok(checked.json().checks.length >= 19);
	assert.equal((await depin("logs", `${orderId}/0`)).stdout, "hello\n");
	const again = await depin("accept", `${orderId}/0`, "--json");
	assert.deepEqual([again.code, again.json().paid, again.json().already], [0, true, true]);

	writeFileSync(join(path, "metrics.json"), "{} ");
	const changed = await depin("verify", `${orderId}/0`);
	assert.equal(changed.code, 1);
	assert.match(changed.stdout, /FAIL +local-copy/);
});

test("behavior: --json prints the result of a single job at the top", async () => {
	const done = await runWith({}, job(), "--wait", "--json", "--env", "SEED=2", "--price", "0.75", "--out", "chosen");
	const answer = done.json();
	assert.deepEqual([answer.paid, answer.verified, answer.status, answer.pay], [true, true, 0, "750000"]);
	assert.deepEqual(answer.spec.env, { SEED: "2" });
	assert.equal(answer.path, join(profiles.folder, "chosen"));
	assert.equal((await depin("run", job(), "--wait", "--out", "chosen")).code, 2);
	assert.match(answer.resultCid, /^bafy/);
	assert.equal(answer.jobId, `${answer.orderId}/0`);
});

test("behavior: a batch is one order; every lot is fetched and paid", async () => {
	const batch = `${JOB}batch: { tasksPerLot: 2, parameters: [{SEED: "1"}, {SEED: "2"}, {SEED: "3"}, {SEED: "4"}] }\n`;
	const answer = (await runWith({}, job(batch), "--wait", "--json")).json();
	assert.deepEqual([answer.tasks, answer.jobs.length, answer.mostYouCanLose], [4, 2, "1000000"]);
	const texts = [0, 1, 2, 3].map((index) => {
		return readFileSync(join(answer.jobs[Math.floor(index / 2)].path, String(index), "result.txt"), "utf8");
	});
	assert.deepEqual(texts, ["task 0\n", "task 1\n", "task 2\n", "task 3\n"]);
});

test("behavior: an input of an earlier job is its CID, found on chain", async () => {
	const first = (await runWith({ files: { "deep/a.txt": "a" } }, job(), "--wait", "--json")).json();
	const input = `inputs: [{ path: /inputs/a, from: "job:${first.jobId}/outputs/deep" }]\n`;
	const second = (await runWith({}, job(JOB + input), "--wait", "--json")).json();
	assert.match(second.spec.inputs[0].cid, /^bafybei/);
	const missing = await depin("run", job(JOB + input.replace("deep", "none")));
	assert.equal(missing.code, 3, missing.stderr);
});

test("behavior: a failed job ends with 7, its reason, its partial outputs, and is not accepted", async () => {
	const script: Script = { reason: "exit-nonzero", exitCode: 3, files: { "partial.txt": "half" }, log: "boom\n" };
	const failed = await runWith(script, job(), "--wait", "--json");
	assert.equal(failed.code, 7);
	const answer = failed.json();
	assert.deepEqual(
		[answer.reason, answer.exitCode, answer.paid, answer.state, answer.verified],
		["exit-nonzero", 3, false, "submitted-fail", true],
	);
	assert.equal(readFileSync(join(answer.path, "partial.txt"), "utf8"), "half");
	assert.match(failed.stderr, /the container exited with 3 \(exit-nonzero\)/);
	assert.equal((await depin("logs", answer.jobId)).stdout, "boom\n");
});

const lies: [string, Script, string][] = [
	["a signature by another key", { signer: testAccount(8) }, "statement-signature"],
	["outputs that nobody can fetch", { withhold: true, files: { "only-here.txt": "x" } }, "outputs"],
	["a statement about another job", { alter: (s) => changeParameters(s, { job: 9 }) }, "statement-order"],
	["another outcome than on chain", { alter: (s) => changeOutcome(s, { exitCode: 1 }) }, "outcome"],
];
for (const [name, script, check] of lies) {
	test(`behavior: ${name} is found, named and not paid`, async () => {
		const caught = await runWith(script, job(), "--wait", "--json");
		assert.equal(caught.code, 1, caught.stderr);
		const answer = caught.json();
		assert.ok(answer.failedChecks.includes(check), `${answer.failedChecks}`);
		assert.deepEqual([answer.verified, answer.paid], [false, false]);
		const refused = await depin("accept", answer.jobId, "--json");
		assert.deepEqual([refused.code, refused.json().error.code], [1, "checks-failed"]);
		const paid = await depin("accept", answer.jobId, "--no-verify", "--json");
		assert.equal(paid.json().paid, true);
	});
}

type Predicate = Parameters<NonNullable<Script["alter"]>>[0]["predicate"];

function changeParameters(
	statement: Parameters<NonNullable<Script["alter"]>>[0],
	change: Partial<Predicate["buildDefinition"]["externalParameters"]>,
) {
	const changed = structuredClone(statement);
	Object.assign(changed.predicate.buildDefinition.externalParameters, change);
	return changed;
}

function changeOutcome(
	statement: Parameters<NonNullable<Script["alter"]>>[0],
	change: Partial<Predicate["runDetails"]["depin"]["outcome"]>,
) {
	const changed = structuredClone(statement);
	Object.assign(changed.predicate.runDetails.depin.outcome, change);
	return changed;
}

test("behavior: --timeout ends the wait with 6, the order goes on and can be cancelled", async () => {
	const late = await depin("run", job(), "--wait", "--timeout", "1", "--json");
	assert.equal(late.code, 6);
	const orderId = /order: (0x[0-9a-f]{64})/.exec(late.json().error.meta.join())?.[1] ?? assert.fail(late.stderr);
	assert.equal((await depin("cancel", orderId)).code, 0);
});

test("behavior: an interrupt ends the wait with 130 and says what goes on", async () => {
	const { client, known } = { client: market.client(consumer), known: await countOrders() };
	const interrupted = runCli(["run", job(), "--wait", "--profile", profile], {
		onSpawn: async (pid) => {
			while ((await countOrders()) === known) await new Promise((retry) => setTimeout(retry, 50));
			process.kill(pid, "SIGINT");
		},
	});
	assert.equal((await interrupted).code, 130);
	assert.match((await interrupted).stderr, /The order goes on without this command/);
	const { orderId } = (await listOrders(client, { consumer: consumer.address })).at(-1) ?? assert.fail();
	assert.equal((await depin("cancel", orderId)).code, 0);
});

async function countOrders(): Promise<number> {
	return (await listOrders(market.client(consumer), { consumer: consumer.address })).length;
}

test("behavior: an interrupt while the posting waits for a block says that it was sent; it is posted once", async () => {
	const known = await countOrders();
	const raw = market.client(consumer).request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
	await raw({ method: "evm_setAutomine", params: [false] });
	try {
		const { code, stderr } = await runCli(["run", job(), "--profile", profile], {
			onSpawn: (pid, said) => {
				said.on("data", (text) => {
					if (String(text).includes("posting, sent")) process.kill(pid, "SIGINT");
				});
			},
		});
		assert.equal(code, 130);
		assert.match(stderr, /Transaction 0x[0-9a-f]{64} was sent and will most likely be mined/);
	} finally {
		await raw({ method: "evm_mine", params: [] });
		await raw({ method: "evm_setAutomine", params: [true] });
	}
	assert.equal(await countOrders(), known + 1);
	const { orderId } =
		(await listOrders(market.client(consumer), { consumer: consumer.address })).at(-1) ?? assert.fail();
	assert.equal((await depin("cancel", orderId)).code, 0);
});

test("behavior: --dry-run and a balance too small cost nothing", async () => {
	const known = await countOrders();
	const dry = await depin("run", job(), "--dry-run", "--json");
	assert.deepEqual([dry.code, dry.json().dryRun, dry.json().mostYouCanLose], [0, true, "500000"]);
	const poor = await depin("run", job(), "--price", "5000", "--json");
	assert.deepEqual([poor.code, poor.json().error.code], [5, "insufficient-funds"]);
	const classless = await depin("run", job(), "--class", "7");
	assert.equal(classless.code, 2);
	assert.match(classless.stderr, /order.class is 7, which does not exist/);
	assert.equal(await countOrders(), known);
});

/** The same command without a process of its own, for many lines of it. */
async function inProcess(...args: string[]): Promise<{ code: number; stderr: string }> {
	const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
	const argv = [...args, "--profile", profile];
	const code = await runCommandLine({ argv, env: {}, cwd: profiles.folder, stdin, stdout, stderr, signal: never });
	return { code, stderr: String(stderr.read() ?? "") };
}

test("behavior: a job file that is wrong is refused by the name of its field", async () => {
	const wrong: [string, RegExp][] = [
		["", /job file/],
		["version: [", /YAML/],
		[JOB.replace("version: 1", "version: 2"), /version/],
		[JOB.replace(IMAGE, "debian:latest"), /image.*tag/],
		[JOB.replace(IMAGE, "bafk123"), /image/],
		[JOB.replace("timeout: 60", "timeout: 0"), /timeout/],
		[JOB.replace("timeout: 60\n", ""), /timeout/],
		[JOB.replace("timeout: 60", "timeout: 100000"), /timeout|takes too long/],
		[JOB.replace('SEED: "1"', "SEED: 1"), /env\.SEED/],
		[JOB.replace("SEED:", "LD_PRELOAD:"), /env\.LD_PRELOAD/],
		[JOB.replace("SEED:", "DEPIN_X:"), /env\.DEPIN_X/],
		[JOB.replace('"0.50"', "0.5"), /order\.price/],
		[JOB.replace('"0.50"', '"0.1234567"'), /decimals/],
		[JOB.replace('price: "0.50"', "failBps: 5000"), /order\.price/],
		[JOB.replace("exact", "fuzzy"), /match/],
		[`${JOB}colour: red\n`, /colour/],
		[`${JOB}network: host\n`, /network/],
		[`${JOB}resources: { gpus: -1 }\n`, /resources\.gpus/],
		[`${JOB}inputs: [{ path: /etc, from: ./x }]\n`, /inputs\[0\]\.path/],
		[`${JOB}inputs: [{ path: /inputs/a, from: "job:0x12/0" }]\n`, /inputs\[0\]\.from/],
		[`${JOB}batch: { parameters: [{A: "1"}], tasksPerLot: 2 }\n`, /batch\.tasksPerLot/],
	];
	const known = await countOrders();
	for (const [text, field] of wrong) {
		const { code, stderr } = await inProcess("run", job(text), "--dry-run");
		assert.equal(code, 2, `${text}\nended with ${code}: ${stderr}`);
		assert.match(stderr, field);
	}
	assert.equal((await depin("run", "no-such-file.yaml")).code, 2);
	assert.equal(await countOrders(), known);
});

test("behavior: results that are there already are neither replaced nor mistaken", async () => {
	const { jobId, path } = (await runWith({}, job(), "--wait", "--json")).json();
	const again = await depin("fetch", jobId, "--json");
	assert.deepEqual([again.code, again.json().path], [0, path]);
	rmSync(join(path, "result.txt"));
	const other = await depin("fetch", jobId);
	assert.equal(other.code, 2);
	assert.ok(!existsSync(join(path, "result.txt")));
});
