import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { rawBlock } from "../storage/block.ts";
import { canonicalBytes } from "./canonicalJson.ts";
import { openEnvelope, signStatement } from "./envelope.ts";
import { makeJob, node, stranger } from "./job.fixture.ts";
import { explainReason, type Reason, reasonNames } from "./reasons.ts";
import { jobOutcome, resultLeaves, resultRoot } from "./resultTree.ts";
import { MAX_STATEMENT_BYTES, subjectsOf } from "./statement.ts";
import type { Statement } from "./statementSchema.ts";

let folder = "";
let envelope: Uint8Array;
let statement: Statement;
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "depin-statement-"));
	const job = await makeJob(join(folder, "job"), { outputs: [{ a: "1" }, { b: "2", c: "3" }] });
	envelope = job.statement.block.bytes;
	statement = (await openEnvelope(envelope)).statement;
});
after(() => rm(folder, { recursive: true }));

const parse = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());
const payload = (value: unknown) => Buffer.from(canonicalBytes(value)).toString("base64");

describe("signStatement and openEnvelope", () => {
	test("default: what was signed comes back with its signer", async () => {
		const signed = await signStatement(statement, node);
		const opened = await openEnvelope(signed.block.bytes);
		assert.deepEqual(opened.statement, statement);
		assert.equal(opened.signer, node.address);
		assert.equal(signed.cid, rawBlock(signed.block.bytes).cid.toString());
		assert.equal(parse(signed.block.bytes).payloadType, "application/vnd.in-toto+json");
	});

	test("behavior: names tasks, dependencies, outputs and times in standard fields", () => {
		const { subject, predicate } = statement;
		assert.deepEqual(
			subject.map(({ name }) => name),
			["0/a", "1/b", "1/c"],
		);
		assert.deepEqual(
			predicate.buildDefinition.resolvedDependencies.map(({ name }) => name),
			["image", "/inputs/a"],
		);
		assert.deepEqual(
			predicate.runDetails.byproducts.map(({ name }) => name),
			["outputs", "logs/0", "logs/1"],
		);
		assert.match(predicate.runDetails.builder.id, /^did:pkh:eip155:31337:0x/);
		assert.match(predicate.runDetails.metadata.startedOn, /^20\d\d-\d\d-\d\dT/);
	});

	test("behavior: says the weakest tier that any task really ran under", async () => {
		const job = await makeJob(join(folder, "tiers"), {
			outputs: [{ a: "1" }, { a: "2" }, {}],
			tamper: (honest) => ({
				...honest,
				// The third never ran, so it says nothing of isolation.
				tasks: honest.tasks.map((task, index) => ({ ...task, tier: (["vm", "sandbox"] as const)[index] })),
			}),
		});
		const opened = await openEnvelope(job.statement.block.bytes);
		assert.equal(opened.statement.predicate.buildDefinition.internalParameters.tier, 1);
	});

	type Envelope = { payloadType: string; payload: string; signatures: { keyid: string; sig: string }[] };
	const wrong: [string, RegExp, (envelope: Envelope) => unknown][] = [
		["another payload type", /payloadType/, (it) => ({ ...it, payloadType: "text/plain" })],
		["an unknown field", /unknown field "extra"/, (it) => ({ ...it, extra: 1 })],
		["no signature", /signatures/, (it) => ({ ...it, signatures: [] })],
		["two signatures", /signatures/, (it) => ({ ...it, signatures: [...it.signatures, ...it.signatures] })],
		[
			"another key's name",
			/not by/,
			(it) => ({ ...it, signatures: it.signatures.map(({ sig }) => ({ sig, keyid: stranger.address })) }),
		],
		[
			"a short signature",
			/65 bytes/,
			(it) => ({ ...it, signatures: it.signatures.map(({ keyid }) => ({ keyid, sig: "AAAA" })) }),
		],
		[
			"an impossible signature",
			/secp256k1/,
			(it) => ({
				...it,
				signatures: it.signatures.map(({ keyid }) => ({ keyid, sig: Buffer.alloc(65, 255).toString("base64") })),
			}),
		],
		["a payload that is not JSON", /payload is not JSON/, (it) => ({ ...it, payload: "AAAA" })],
		[
			"a payload with spaces",
			/payload is not canonical/,
			(it) => ({
				...it,
				payload: Buffer.from(
					JSON.stringify(JSON.parse(Buffer.from(it.payload, "base64").toString()), null, 1),
				).toString("base64"),
			}),
		],
		[
			"a payload of another statement",
			/not by/,
			(it) => ({ ...it, payload: payload({ ...statement, subject: statement.subject.slice(1) }) }),
		],
		["a statement of another type", /_type/, (it) => ({ ...it, payload: payload({ ...statement, _type: "x" }) })],
		[
			"a statement with an unknown reason",
			/reason/,
			(it) => ({
				...it,
				payload: Buffer.from(Buffer.from(it.payload, "base64").toString().replaceAll('"ok"', '"fine"')).toString(
					"base64",
				),
			}),
		],
		[
			"a payload that nests without end",
			/payload is not JSON/,
			(it) => ({ ...it, payload: Buffer.from("[".repeat(500_000)).toString("base64") }),
		],
		["broken Unicode", /payload/, (it) => ({ ...it, payload: Buffer.from('{"a":"\\ud800"}').toString("base64") })],
		["a list", /must be a map/, () => []],
	];
	for (const [name, message, change] of wrong)
		test(`behavior: refuses ${name}`, async () => {
			await assert.rejects(openEnvelope(canonicalBytes(change(parse(envelope)))), {
				code: "statement-invalid",
				message,
			});
		});

	test("behavior: refuses other spellings, cuts and huge envelopes", async () => {
		for (const bytes of [
			Buffer.from(JSON.stringify(parse(envelope), null, 1)),
			Buffer.concat([envelope, Buffer.from("\n")]),
			envelope.subarray(0, -1),
			new Uint8Array(0),
			Buffer.from("[".repeat(1_000_000)),
			Buffer.concat([Buffer.from("\ufeff"), envelope]),
			Buffer.from([0xff, 0xfe]),
			Buffer.alloc(MAX_STATEMENT_BYTES + 1, 0x20),
		])
			await assert.rejects(openEnvelope(bytes), { code: "statement-invalid" });
	});

	test("behavior: no flipped bit opens as the same node's statement", async () => {
		for (let round = 0; round < 150; round++) {
			const flipped = Buffer.from(envelope);
			const at = randomInt(flipped.byteLength);
			flipped[at] = flipped.readUInt8(at) ^ (1 << randomInt(8));
			await assert.rejects(openEnvelope(flipped), { code: "statement-invalid" }, `byte ${at}`);
		}
	});

	test("behavior: does not sign what breaks the schema or the size", async () => {
		await assert.rejects(signStatement({ ...statement, subject: [] }, node), { code: "statement-invalid" });
		const hardware = { blob: "x".repeat(MAX_STATEMENT_BYTES) };
		const { runDetails } = statement.predicate;
		const huge = { ...runDetails, depin: { ...runDetails.depin, hardware } };
		const large = { ...statement, predicate: { ...statement.predicate, runDetails: huge } };
		await assert.rejects(signStatement(large, node), /at most 1048576/);
	});
});

describe("subjectsOf", () => {
	const cid = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";
	const files = (count: number) => {
		const file = { sha256: `0x${"00".repeat(32)}` as const, cid };
		return [
			{ index: 0, outputs: { cid, files: Array.from({ length: count }, (_, at) => ({ path: `${at}`, ...file })) } },
		];
	};
	test("default: files by name, the root when there are none or over a thousand", () => {
		assert.equal(subjectsOf(files(1000), cid).length, 1000);
		for (const count of [0, 1001])
			assert.deepEqual(
				subjectsOf(files(count), cid).map(({ name }) => name),
				["outputs"],
			);
	});
});

describe("jobOutcome and resultRoot", () => {
	const task = (index: number, reason: Reason, exitCode = 0) => ({ index, reason, exitCode });
	test("default: the first failed task speaks for the job, whatever the order of the reports", () => {
		assert.deepEqual(jobOutcome([task(1, "ok"), task(0, "ok")]), { status: 0, reason: "ok", exitCode: 0 });
		const reports = [task(2, "oom", 137), task(1, "exit-nonzero", 3), task(0, "ok")];
		assert.deepEqual(jobOutcome(reports), { status: 1, reason: "exit-nonzero", exitCode: 3 });
	});

	test("behavior: leaves stand in task order", () => {
		const result = (index: number) => ({
			index,
			taskLeaf: `0x${"01".repeat(32)}` as const,
			outputDigest: `0x${"02".repeat(32)}` as const,
			status: 0,
		});
		assert.equal(resultRoot([result(1), result(0)]), resultRoot([result(0), result(1)]));
		assert.notDeepEqual(resultLeaves([result(0)]), resultLeaves([result(1)]));
	});

	test("behavior: every reason has a status the Market takes, and the provider's own failures are not paid", () => {
		for (const reason of reasonNames) {
			const { status, who } = explainReason(reason);
			assert(status >= 0 && status <= 6, reason);
			assert.equal(status === 0, reason === "ok");
			if (who === "provider") assert(status >= 5, reason);
		}
	});
});
