import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Hex, keccak256 } from "viem";
import { resultDigest } from "../chain/result.ts";
import type { Order } from "../chain/terms.ts";
import { createContentClient } from "../storage/client.ts";
import { startTestGateway, type TestGateway } from "../storage/gateway.fixture.ts";
import { importBytes } from "../storage/unixfs.ts";
import { fetchJobContent, readOutputs } from "./fetchJob.ts";
import { fetchJobToMemory } from "./fetchJobToMemory.ts";
import { type JobDraft, makeJob, node, postedAt, stranger } from "./job.fixture.ts";
import { type CheckName, checkNames, type JobContent, type JobFacts, verifyJob } from "./verify.ts";

let folder = "";
let gateway: TestGateway;
let count = 0;
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "depin-verify-"));
	gateway = await startTestGateway();
});
after(async () => {
	await gateway.close();
	await rm(folder, { recursive: true });
});

const fresh = () => join(folder, `${count++}`);
const one: JobDraft = { outputs: [{ "weights.bin": "weights", "metrics/loss.json": '{"loss":0.1}' }] };

/** A job whose content lies on the gateway, fetched. */
async function fetched(draft: JobDraft = one) {
	const job = await makeJob(fresh(), draft);
	for (const dag of job.dags) for await (const block of dag.blocks()) gateway.blocks.set(block.cid.toString(), block);
	for (const block of [job.bundle.block, job.statement.block]) gateway.blocks.set(block.cid.toString(), block);
	const target = fresh();
	const client = createContentClient({ sources: [gateway.url] });
	return { ...job, client, target, content: await fetchJobContent(client, job.facts, { folder: target }) };
}

async function failures(facts: JobFacts, content: JobContent): Promise<CheckName[]> {
	return (await verifyJob(facts, content)).flatMap(({ name, ok }) => (ok ? [] : [name]));
}

describe("verifyJob", () => {
	test("default: an honest job holds in every check", async () => {
		const { facts, content } = await fetched();
		const checks = await verifyJob(facts, content);
		assert.deepEqual(
			checks.map(({ name }) => name),
			[...checkNames],
		);
		assert.deepEqual(
			checks.filter(({ ok }) => !ok),
			[],
		);
	});

	test("behavior: so does a lot with a failed task, and a job that left nothing", async () => {
		const lot = await fetched({ outputs: [{ a: "1" }, {}, { b: "2" }], reasons: ["ok", "exit-nonzero", "ok"] });
		assert.deepEqual(await failures(lot.facts, lot.content), []);
		const nothing = await fetched({ outputs: [{}], reasons: ["oom"] });
		assert.deepEqual(await failures(nothing.facts, nothing.content), []);
	});
});

describe("a node that lies consistently", () => {
	type Case = [name: string, checks: CheckName[], draft: Partial<JobDraft>];
	const cases: Case[] = [
		["another's signature", ["statement-signature"], { signer: stranger }],
		["another builder", ["statement-order"], { tamper: (told) => ({ ...told, node: stranger.address }) }],
		["another order", ["statement-order"], { tamper: (told) => ({ ...told, orderId: keccak256("0x01") }) }],
		["another job", ["statement-order"], { tamper: (told) => ({ ...told, job: 1 }) }],
		[
			"another chain",
			["statement-order"],
			{ tamper: (told) => ({ ...told, deployment: { ...told.deployment, chainId: 1 } }) },
		],
		["other seconds than on chain", ["outcome"], { tamper: (told) => ({ ...told, billed: 9 }) }],
		[
			"seconds billed in which nothing ran",
			["times"],
			{ times: { startedAt: postedAt + 12, finishedAt: postedAt + 12, billed: 4 } },
		],
		["other times", ["outcome", "times"], { tamper: (told) => ({ ...told, startedAt: told.startedAt - 5 }) }],
		[
			"other outputs",
			["outputs", "subjects"],
			{
				tamper: (told) => ({
					...told,
					outputsCid: told.tasks[0]?.logs?.cid ?? "",
					tasks: told.tasks.map((task) => ({ ...task, outputs: { ...task.outputs, files: [] } })),
				}),
			},
		],
		[
			"a file with another hash",
			["subjects"],
			{
				rewrite: (told) => ({
					...told,
					subject: told.subject.map((file, index) =>
						index === 0 ? { ...file, digest: { sha256: "00".repeat(32) } } : file,
					),
				}),
			},
		],
		["a file left out", ["subjects"], { rewrite: (told) => ({ ...told, subject: told.subject.slice(1) }) }],
		[
			"a log left out",
			["logs"],
			{ rewrite: (told) => edit(told, (run) => ({ ...run, byproducts: run.byproducts.slice(0, 1) })) },
		],
		[
			"another image",
			["statement-spec"],
			{
				rewrite: (told) =>
					editBuild(told, (build) => ({ ...build, resolvedDependencies: build.resolvedDependencies.slice(1) })),
			},
		],
		[
			"another task's spec",
			["statement-tasks"],
			{
				rewrite: (told) =>
					editBuild(told, (build) => ({
						...build,
						externalParameters: { ...build.externalParameters, tasks: [{ index: 0, specDigest: keccak256("0x02") }] },
					})),
			},
		],
		[
			"success after a crash",
			["reasons"],
			{
				rewrite: (told) =>
					edit(told, (run) => ({
						...run,
						depin: { ...run.depin, tasks: run.depin.tasks.map((task) => ({ ...task, exitCode: 1 })) },
					})),
			},
		],
	];
	type Told = Parameters<NonNullable<JobDraft["rewrite"]>>[0];
	function edit(told: Told, change: (run: Told["predicate"]["runDetails"]) => Told["predicate"]["runDetails"]): Told {
		return { ...told, predicate: { ...told.predicate, runDetails: change(told.predicate.runDetails) } };
	}
	function editBuild(
		told: Told,
		change: (build: Told["predicate"]["buildDefinition"]) => Told["predicate"]["buildDefinition"],
	): Told {
		return { ...told, predicate: { ...told.predicate, buildDefinition: change(told.predicate.buildDefinition) } };
	}
	for (const [name, checks, draft] of cases)
		test(`behavior: ${name}`, async () => {
			const { facts, content } = await fetched({ ...one, ...draft });
			assert.deepEqual(await failures(facts, content), checks);
		});
});

describe("changed content", () => {
	/** One bit of some bytes, anywhere. */
	function flip(bytes: Uint8Array): Uint8Array {
		const changed = Buffer.from(bytes);
		const at = randomInt(changed.byteLength);
		changed[at] = changed.readUInt8(at) ^ (1 << randomInt(8));
		return changed;
	}

	test("behavior: no bit of the statement or the manifest can flip", async () => {
		const { facts, content, statement, bundle } = await fetched();
		for (let round = 0; round < 60; round++) {
			const wrong = await failures(facts, { ...content, statement: { value: flip(statement.block.bytes) } });
			assert(wrong.includes("statement-hash"), wrong.join());
			const other = await failures(facts, { ...content, manifest: { value: flip(bundle.block.bytes) } });
			assert(other.includes("manifest"), other.join());
		}
	});

	test("behavior: no bit of an output file can flip, no file appear or go", async () => {
		const { facts, content, target } = await fetched();
		const changed = fresh();
		const check = async () => failures(facts, { ...content, outputs: { value: await readOutputs(changed, facts) } });
		for (let round = 0; round < 30; round++) {
			await cp(target, changed, { recursive: true });
			const files = (await readdir(changed, { recursive: true, withFileTypes: true })).filter((entry) =>
				entry.isFile(),
			);
			const entry = files[randomInt(files.length)];
			assert(entry !== undefined);
			const path = join(entry.parentPath, entry.name);
			const change = round % 3;
			if (change === 0) await writeFile(path, flip(await readFile(path)));
			else if (change === 1) await rm(path);
			else await writeFile(`${path}-more`, "x");
			const wrong = await check();
			for (const name of ["outputs", "task-outputs", "subjects"] as const) assert(wrong.includes(name), wrong.join());
			await rm(changed, { recursive: true });
		}
	});

	test("behavior: a log with other bytes", async () => {
		const { facts, content } = await fetched();
		const other = (await importBytes(Buffer.from("log of task 1\n"))).root.toString();
		assert.deepEqual(await failures(facts, { ...content, logs: { value: new Map([[0, other]]) } }), ["logs"]);
	});
});

describe("changed facts", () => {
	const hash = () => `0x${randomBytes(32).toString("hex")}` as Hex;
	const other = (value: unknown): unknown => {
		if (typeof value === "bigint") return value + 1n;
		if (typeof value === "number") return value + 1;
		if (typeof value === "boolean") return !value;
		return String(value).length === 42 ? hash().slice(0, 42) : hash();
	};

	test("behavior: every field of the terms is bound to the order id", async () => {
		const { facts, content } = await fetched();
		for (const field of Object.keys(facts.order) as (keyof Order)[]) {
			const order = { ...facts.order, [field]: other(facts.order[field]) };
			assert((await failures({ ...facts, order }, content)).includes("order-id"), field);
		}
		assert((await failures({ ...facts, orderId: hash() }, content)).includes("order-id"));
		assert(
			(await failures({ ...facts, deployment: { ...facts.deployment, chainId: 1 } }, content)).includes("order-id"),
		);
	});

	test("behavior: every field of the result is bound to its digest, and to the content when the digest follows", async () => {
		const { facts, content } = await fetched();
		const { orderId, job, deployment, submitted } = facts;
		for (const field of Object.keys(submitted.result) as (keyof typeof submitted.result)[]) {
			const result = { ...submitted.result, [field]: other(submitted.result[field]) };
			assert(
				(await failures({ ...facts, submitted: { ...submitted, result } }, content)).includes("result-digest"),
				field,
			);
			// Reserved for verifiers and shadow digests: nothing in a statement answers to them yet.
			if (field === "evidenceHash" || field === "shadowCommit") continue;
			const digest = resultDigest(deployment, { orderId, job, node: node.address, result });
			const wrong = await failures({ ...facts, submitted: { ...submitted, result, digest } }, content);
			assert(wrong.length > 0 && !wrong.includes("result-digest"), `${field}: ${wrong.join()}`);
		}
	});

	const cases: [string, CheckName[], (facts: JobFacts) => JobFacts][] = [
		["another claimer", ["claim"], (facts) => ({ ...facts, claimed: { ...facts.claimed, node: stranger.address } })],
		["another delay", ["claim", "pay"], (facts) => ({ ...facts, claimed: { ...facts.claimed, claimDelay: 50 } })],
		[
			"another pay",
			["pay"],
			(facts) => ({ ...facts, submitted: { ...facts.submitted, pay: facts.submitted.pay + 1n } }),
		],
		["another digest", ["result-digest"], (facts) => ({ ...facts, submitted: { ...facts.submitted, digest: hash() } })],
		[
			"a uri to another manifest",
			["manifest"],
			(facts) => ({ ...facts, uri: `ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku` }),
		],
		["no uri", ["manifest"], (facts) => ({ ...facts, uri: "" })],
		[
			"a result before its claim",
			["times"],
			(facts) => ({ ...facts, submitted: { ...facts.submitted, at: facts.claimed.at - 1 } }),
		],
		[
			"a result after its deadline",
			["times"],
			(facts) => ({ ...facts, claimed: { ...facts.claimed, deadline: facts.submitted.at - 1 } }),
		],
	];
	for (const [name, checks, change] of cases)
		test(`behavior: ${name}`, async () => {
			const { facts, content } = await fetched();
			assert.deepEqual(await failures(change(facts), content), checks);
		});
});

describe("fetchJobContent", () => {
	test("behavior: says in the check what could not be fetched", async () => {
		const { facts, client, statement } = await fetched();
		gateway.faults = [{ kind: "corrupt", cid: statement.cid }];
		const content = await fetchJobContent(client, facts, { folder: fresh() });
		gateway.faults = [];
		const checks = await verifyJob(facts, content);
		const hash = checks.find(({ name }) => name === "statement-hash");
		assert.deepEqual([hash?.ok, /No source could give/.test(hash?.detail ?? "")], [false, true]);
		assert(checks.find(({ name }) => name === "task-root")?.ok);
		const named = checks.map(({ detail }) => /^the statement: (the statement)?/.exec(detail ?? "")?.[1]);
		assert.ok(!named.includes("the statement"), "what is missing is named once");
	});

	test("behavior: without a disk the same content is read and hashes alike", async () => {
		const drafts: JobDraft[] = [one, { outputs: [{}] }, { outputs: [{ "a/b": "1", c: "" }, { c: "2" }] }];
		for (const draft of drafts) {
			const { facts, client, content } = await fetched(draft);
			const inMemory = await fetchJobToMemory(client, facts);
			assert.deepEqual(inMemory.content, content);
		}
	});

	test("behavior: refuses outputs beyond the spec's caps", async () => {
		const { content } = await fetched({ ...one, caps: { maxBytes: 5, maxFiles: 10 } });
		assert("problem" in content.outputs && /more than 5 bytes/.test(content.outputs.problem));
		assert.notDeepEqual(await failures((await fetched()).facts, content), []);
	});
});
