import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { draftOrder } from "../chain/draft.ts";
import { payOf } from "../chain/pricing.ts";
import { type Result, resultDigest } from "../chain/result.ts";
import { orderId as hashOrder } from "../chain/terms.ts";
import { digestOfCid } from "../storage/block.ts";
import type { Dag } from "../storage/dag.ts";
import { importPath } from "../storage/importPath.ts";
import { importBytes } from "../storage/unixfs.ts";
import { signStatement } from "./envelope.ts";
import { createBundle } from "./manifest.ts";
import type { Reason } from "./reasons.ts";
import { jobOutcome, resultRoot } from "./resultTree.ts";
import { parseSpec } from "./spec.ts";
import { buildStatement, type StatementParameters } from "./statement.ts";
import type { Statement } from "./statementSchema.ts";
import type { JobFacts } from "./verify.ts";

export const node = privateKeyToAccount(`0x${"11".repeat(32)}`);
export const stranger = privateKeyToAccount(`0x${"22".repeat(32)}`);
const deployment = { chainId: 31_337, market: "0x5FbDB2315678afecb367f032d93F642f64180aa3" } as const;
const cid = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
export const postedAt = 1_800_000_000;

export type JobDraft = {
	/** Files each task writes; one entry a task. */
	outputs: Record<string, string>[];
	reasons?: Reason[];
	/** The spec's caps on outputs. */
	caps?: { maxBytes: number; maxFiles: number };
	/** What a dishonest node writes instead. */
	tamper?: (parameters: StatementParameters) => StatementParameters;
	rewrite?: (statement: Statement) => Statement;
	/** Told alike in statement and result. */
	times?: Partial<Pick<Result, "startedAt" | "finishedAt" | "billed">>;
	signer?: typeof node;
};

/** A job from spec to chain facts, as an honest node would leave it unless the draft says otherwise. */
export async function makeJob(folder: string, draft: JobDraft) {
	const { outputs, reasons = outputs.map((): Reason => "ok"), signer = node, caps } = draft;
	const inputs = [{ path: "/inputs/a", cid }];
	const spec = parseSpec({ version: 1, image: cid, timeout: 60, inputs, match: "exact", outputs: caps });
	const parameters = outputs.map((_, index) => ({ SEED: `${index}` }));
	const bundle = createBundle({ spec, parameters, tasksPerLot: outputs.length });
	const order = draftOrder({
		consumer: stranger.address,
		choices: { class: 1, maxPrice: 1_000_000n, startPrice: 400_000n, rampFor: 100 },
		work: { taskRoot: bundle.taskRoot, manifest: bundle.digest, lots: 1, tasksPerLot: outputs.length, timeout: 60 },
		params: { feeBps: 200, minBondBps: 1_000 },
		now: postedAt,
		salt: 7n,
	});
	const orderId = hashOrder(deployment, order);
	const made = await makeTasks(folder, outputs, reasons);
	const seconds = 4 * outputs.length;
	const times = { startedAt: postedAt + 12, finishedAt: postedAt + 12 + seconds, billed: seconds, ...draft.times };
	const honest: StatementParameters = {
		deployment,
		orderId,
		job: 0,
		node: node.address,
		bundle,
		tasks: made.tasks,
		outputsCid: made.root.root.toString(),
		...times,
		hardware: { cpu: "test" },
		sources: [],
	};
	const statement = buildStatement(draft.tamper?.(honest) ?? honest);
	const signed = await signStatement(draft.rewrite?.(statement) ?? statement, signer);
	const { status, exitCode } = jobOutcome(made.tasks);
	const result: Result = {
		resultRoot: resultRoot(statement.predicate.runDetails.depin.tasks),
		outputsDigest: digestOfCid(made.root.root),
		statementHash: signed.statementHash,
		evidenceHash: zeroHash,
		shadowCommit: zeroHash,
		status,
		exitCode,
		...times,
	};
	const facts: JobFacts = {
		deployment,
		orderId,
		order,
		uri: `ipfs://${bundle.cid}`,
		postedAt,
		job: 0,
		claimed: { node: node.address, claimDelay: 10, at: postedAt + 10, deadline: postedAt + 10 + order.maxRun },
		submitted: {
			node: node.address,
			digest: resultDigest(deployment, { orderId, job: 0, node: node.address, result }),
			result,
			pay: payOf(order, 10, result),
			at: postedAt + 25,
		},
	};
	return { facts, bundle, statement: signed, dags: [made.root, ...made.dags], folder: made.folder };
}

async function makeTasks(folder: string, outputs: Record<string, string>[], reasons: Reason[]) {
	const several = outputs.length > 1;
	const dags: Dag[] = [];
	const tasks: StatementParameters["tasks"][number][] = [];
	for (const [index, files] of outputs.entries()) {
		const own = several ? join(folder, `${index}`) : folder;
		await mkdir(own, { recursive: true });
		for (const [path, text] of Object.entries(files)) {
			await mkdir(join(own, path, ".."), { recursive: true });
			await writeFile(join(own, path), text);
		}
		const [dag, log] = [await importPath(own), await importBytes(Buffer.from(`log of task ${index}\n`))];
		dags.push(dag, log);
		const reason = reasons[index] ?? "ok";
		tasks.push({
			index,
			reason,
			exitCode: reason === "exit-nonzero" ? 3 : 0,
			oomKilled: false,
			seconds: 4,
			outputs: { cid: dag.root.toString(), files: dag.files },
			logs: { cid: log.root.toString(), truncated: false },
		});
	}
	const root = several ? await importPath(folder) : (dags[0] as Dag);
	return { folder, dags, tasks, root };
}
