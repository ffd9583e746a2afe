import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Order } from "depin";
import { createBundle } from "depin/jobs";
import { createContentClient, dagOfBlock, digestOfCid, importBytes, parseCid, upload } from "depin/storage";
import { zeroAddress, zeroHash } from "viem";
import { testSpec } from "../../test/plan.ts";
import { until } from "../../test/until.ts";
import { startTestNode, type TestNode, TOKEN } from "../storage/testNode.ts";
import { createAnswers } from "./answers.ts";
import type { ContentCache } from "./content.ts";
import type { NodeContext } from "./context.ts";
import type { Work } from "./works.ts";

let storage: TestNode;
let dir = "";
before(async () => {
	storage = await startTestNode();
	dir = await mkdtemp(join(tmpdir(), "depin-answers-"));
});
after(async () => {
	await storage.stop();
	await rm(dir, { recursive: true, force: true });
});

/** A node whose result is challenged; its order has two inputs, both of which lie here. */
async function challenged(handOverMaxMiB: number) {
	const contents = ["one", "two"].map((text) => Buffer.from(`${text} ${handOverMaxMiB}`.repeat(1000)));
	const content = createContentClient({ sources: [storage.url], uploadTo: { url: storage.url, token: TOKEN } });
	const cids = await Promise.all(contents.map(async (bytes) => (await importBytes(bytes)).root.toString()));
	const inputs = cids.map((cid, index) => ({ path: `/inputs/${index}`, cid }));
	const bundle = createBundle({ spec: testSpec({ inputs }) });
	await upload(content, dagOfBlock(bundle.block), { name: "manifest" });
	const { cid, taskRoot } = bundle;
	const terms = { lots: 1, tasksPerLot: 1, replicas: 1, challengeFor: 60, consumer: zeroAddress };
	const order = { ...terms, taskRoot, manifest: digestOfCid(parseCid(String(cid))) } as Partial<Order> as Order;
	const receipt = { submittedAt: 1000 } as Work["receipt"];
	const work = { orderId: zeroHash, job: 0, step: "submitted", order, uri: "", receipt, settleableAt: 2000 };
	const told: string[] = [];
	const log = (_: object, message: string) => void told.push(message);
	const ctx = {
		works: { live: () => [work] },
		content,
		config: { handOverMaxMiB },
		log: { info: log, warn: log },
		signal: AbortSignal.timeout(30_000),
	} as unknown as NodeContext;
	const steps: string[] = [];
	const cache = {
		async holdInput(wanted: string, holder: string) {
			const index = cids.indexOf(wanted);
			await writeFile(join(dir, wanted), contents[index] ?? "");
			steps.push(`${holder} holds ${index}`);
			return { path: join(dir, wanted), bytes: contents[index]?.length ?? 0 };
		},
		async release(holder: string) {
			steps.push(`${holder} lets go with ${(await pinned()).length} handed over`);
		},
	} as unknown as ContentCache;
	const pinned = async () => {
		const { body } = await storage.api("GET", "/v1/pins");
		return (body["pins"] as { cid: string }[]).filter((pin) => cids.includes(pin.cid));
	};
	return { answers: createAnswers(ctx, cache), steps, told };
}

const holder = `answer ${zeroHash}/0`;

test("default", async () => {
	const { answers, steps, told } = await challenged(1);
	answers.tend();
	answers.tend();
	await until("it let go", () => steps.length === 3);
	assert.deepEqual(steps.slice(0, 2).sort(), [`${holder} holds 0`, `${holder} holds 1`]);
	assert.equal(steps.at(-1), `${holder} lets go with 2 handed over`, "held until the last of them is there");
	assert.deepEqual(told, ["challenged: handed inputs to the jurors"]);
});

test("behavior: inputs beyond what the operator hands over stay here, and the log says so", async () => {
	const { answers, steps, told } = await challenged(0);
	answers.tend();
	await until("it let go", () => steps.length === 3);
	assert.match(told.join(), /larger than handOverMaxMiB/);
	assert.equal(steps.at(-1), `${holder} lets go with 0 handed over`);
});
