// The examples as their READMEs order them, one after the other on one devnet: what the first learnt, the second uses.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type Devnet, startDevnet } from "../deploy/devnet/devnet.ts";
import { ensureBaseImage } from "../deploy/engine/baseImage.ts";
import { ensureEngine } from "../deploy/engine/ensure.ts";
import { type CliResult, runCli } from "../sdk/test/cli.ts";

const ROOT = resolve(import.meta.dirname, "..");

let devnet: Devnet;
let folder: string;
let digits: string;
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "depin-examples-"));
	const engine = await ensureEngine(() => {});
	await ensureBaseImage(engine.docker);
	devnet = await startDevnet({
		stateDir: folder,
		profilePath: join(folder, "profile.json"),
		engine,
		keeper: false,
		challengeFloor: 3,
	});
	digits = (await depin("run", "examples/digits/job.yaml", "--env", "EPOCHS=1", "--wait", "--out", out("digits")))
		.jobId;
});
after(async () => {
	await devnet?.stop();
	await rm(folder, { recursive: true, force: true });
});

const out = (name: string) => join(folder, "results", name);

/** The command from the top of the clone, as the READMEs say; its answer. */
async function depin(...args: string[]) {
	const result = await command(...args, "--json");
	assert.equal(result.code, 0, result.stderr);
	return result.json();
}

function command(...args: string[]): Promise<CliResult> {
	return runCli([...args, "--profile", devnet.profilePath], { cwd: ROOT });
}

test("default", async () => {
	// Infer: ten images nobody trained on, read with the weights of the job before.
	const weights = `weights=job:${digits}/outputs/weights.safetensors`;
	const run = await depin("run", "examples/infer/job.yaml", "--input", weights, "--wait", "--out", out("infer"));
	assert.deepEqual([run.paid, run.verified], [true, true]);
	const answers: { image: string; digit: number }[] = JSON.parse(
		readFileSync(join(out("infer"), "digits.json"), "utf8"),
	);
	assert.equal(answers.length, 10);
	const right = answers.filter(({ image, digit }) => image === `${digit}.png`);
	assert.ok(right.length >= 8, `${right.length} of 10 are right after one epoch`);

	// The same images by their CID, as the first order resolved them.
	const images = run.spec.inputs.find(({ path }: { path: string }) => path === "/inputs/images");
	const again = await depin(
		"run",
		"examples/infer/job.yaml",
		"--input",
		weights,
		"--input",
		`images=${images.cid}`,
		"--wait",
	);
	assert.equal(again.resultCid, run.resultCid);
	await rm(resolve(again.path, ".."), { recursive: true });
});

test("behavior: without a job to take the weights from nothing is posted, and the reference is named", async () => {
	const { code, stderr } = await command("run", "examples/infer/job.yaml");
	assert.equal(code, 3, stderr);
	assert.match(stderr, /order 0x0{64}/);
});

test("behavior: sweep, twenty tasks under one order on two nodes, the best one named", async () => {
	const run = await depin("run", "examples/sweep/job.yaml", "--wait", "--out", out("sweep"));
	assert.deepEqual([run.tasks, run.jobs.length], [20, 4]);
	for (const job of run.jobs) assert.deepEqual([job.paid, job.verified], [true, true]);
	const status = await depin("status", run.orderId);
	const nodes = new Set(status.jobs.map(({ node }: { node: string }) => node));
	assert.equal(nodes.size, 2, "both nodes had a part");
	for (let task = 0; task < 20; task++)
		assert.ok(existsSync(join(out("sweep"), String(Math.floor(task / 5)), String(task), "metrics.json")));
	const { stdout } = await promisify(execFile)(process.execPath, ["examples/sweep/best.js", out("sweep")], {
		cwd: ROOT,
	});
	const lines = stdout.trim().split("\n");
	assert.equal(lines.length, 21);
	assert.match(lines.at(-1) ?? "", /^best: task \d+, (9\d\.\d|100\.0) % of the held-out digits right; .+\/\d\/\d+$/);
});

test("behavior: embed, sentences of one meaning find each other", async () => {
	const run = await depin("run", "examples/embed/job.yaml", "--wait", "--out", out("embed"));
	assert.deepEqual([run.paid, run.verified], [true, true]);
	const pairs: { sentence: string; nearest: string }[] = JSON.parse(
		readFileSync(join(out("embed"), "nearest.json"), "utf8"),
	);
	// They are written down in pairs.
	const expected = pairs.map((_, index) => pairs[index ^ 1]?.sentence);
	assert.deepEqual(
		pairs.map(({ nearest }) => nearest),
		expected,
	);
	const vectors = readFileSync(join(out("embed"), "embeddings.npy"));
	assert.equal(vectors.length, 128 + 8 * 512 * 4);
});

test("behavior: a finished job's log is read with --follow too, and a running one is found through the gateway", async () => {
	const logs = await command("logs", digits, "--follow");
	assert.match(logs.stdout, /epoch 1 of 1/);
	const posted = await depin("run", "examples/digits/job.yaml", "--env", "EPOCHS=2", "--env", "SEED=3");
	const live = await command("logs", `${posted.orderId}/0`, "--follow");
	assert.equal(live.code, 0, live.stderr);
	assert.match(live.stderr, /following .* on node 0x/);
	assert.match(live.stdout, /epoch 1 of 2[\s\S]*epoch 2 of 2[\s\S]*wrote metrics\.json/);
});
