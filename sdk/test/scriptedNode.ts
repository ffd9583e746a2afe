import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Hex, type LocalAccount, zeroHash } from "viem";
import { claimJob } from "../src/actions/claimJob.ts";
import { getOrder } from "../src/actions/getOrder.ts";
import { submitResult } from "../src/actions/submitResult.ts";
import type { MarketClient } from "../src/chain/client.ts";
import type { Result } from "../src/chain/result.ts";
import { taskRange } from "../src/chain/terms.ts";
import { signStatement } from "../src/jobs/envelope.ts";
import { parseManifest } from "../src/jobs/manifest.ts";
import type { Reason } from "../src/jobs/reasons.ts";
import { resultRoot } from "../src/jobs/resultTree.ts";
import { buildStatement, type TaskReport } from "../src/jobs/statement.ts";
import type { Statement } from "../src/jobs/statementSchema.ts";
import { digestOfCid } from "../src/storage/block.ts";
import { createContentClient } from "../src/storage/client.ts";
import { dagOfBlock } from "../src/storage/dag.ts";
import { fetchRaw } from "../src/storage/fetch.ts";
import { importPath } from "../src/storage/importPath.ts";
import { decodeUri } from "../src/storage/sources.ts";
import { importBytes } from "../src/storage/unixfs.ts";
import { upload } from "../src/storage/upload.ts";

/** What a node says happened, without running anything. */
export type Script = {
	files?: Record<string, string> | ((index: number) => Record<string, string>);
	log?: string;
	reason?: Reason;
	exitCode?: number;
	/** Lies: changes the statement before it is signed. */
	alter?: (statement: Statement) => Statement;
	/** Signs the statement instead of the node. */
	signer?: LocalAccount;
	/** Does not upload the outputs. */
	withhold?: boolean;
	/** What to do with the result instead of submitting it. */
	deliver?: (result: Result) => Promise<void>;
};

type Parts = { client: MarketClient; account: LocalAccount; storage: { url: string; token: string } };

/** Claims a job and submits what the script says, through the real chain and the real storage. */
export async function playNode(parts: Parts, ref: { orderId: Hex; job: number }, script: Script = {}): Promise<void> {
	const { client, account, storage } = parts;
	const { order, uri } = await getOrder(client, ref);
	const claimed = await claimJob(client, { order, job: ref.job });
	const { timestamp } = await client.getBlock({ blockNumber: claimed.receipt.blockNumber });
	const content = createContentClient({ sources: [storage.url], uploadTo: storage });
	const { cid } = decodeUri(uri);
	const bundle = parseManifest((await fetchRaw(content, cid)).bytes);
	const { reason = "ok", exitCode = 0 } = script;
	const folder = await mkdtemp(join(tmpdir(), "depin-node-"));
	try {
		const { from, to } = taskRange(order, ref.job);
		const indexes = Array.from({ length: to - from }, (_, offset) => from + offset);
		const several = indexes.length > 1;
		const log = await importBytes(new TextEncoder().encode(script.log ?? "hello\n"));
		await upload(content, log, { name: "log" });
		const tasks: TaskReport[] = [];
		for (const index of indexes) {
			const own = several ? join(folder, "out", String(index)) : join(folder, "out");
			await mkdir(own, { recursive: true });
			const files = typeof script.files === "function" ? script.files(index) : script.files;
			for (const [path, text] of Object.entries(files ?? { "result.txt": `task ${index}\n` })) {
				await mkdir(dirname(join(own, path)), { recursive: true });
				await writeFile(join(own, path), text);
			}
			const imported = await importPath(own);
			const outputs = { cid: imported.root.toString(), files: imported.files };
			const logs = { cid: log.root.toString(), truncated: false };
			tasks.push({ index, reason, exitCode, oomKilled: false, seconds: 0, outputs, logs });
		}
		const outputs = await importPath(join(folder, "out"));
		if (!script.withhold) await upload(content, outputs, { name: "outputs" });
		const at = Number(timestamp);
		const built = buildStatement({
			...ref,
			deployment: client.deployment,
			node: account.address,
			bundle,
			tasks,
			outputsCid: outputs.root.toString(),
			startedAt: at,
			finishedAt: at,
			billed: 0,
			hardware: {},
			sources: [storage.url],
		});
		const statement = script.alter?.(built) ?? built;
		const signed = await signStatement(statement, script.signer ?? account);
		await upload(content, dagOfBlock(signed.block), { name: "statement" });
		const { outcome, tasks: stated } = built.predicate.runDetails.depin;
		const result = {
			resultRoot: resultRoot(stated),
			outputsDigest: digestOfCid(outputs.root),
			statementHash: signed.statementHash,
			evidenceHash: zeroHash,
			shadowCommit: zeroHash,
			status: outcome.status,
			exitCode: outcome.exitCode,
			startedAt: at,
			finishedAt: at,
			billed: 0,
		};
		if (script.deliver) return await script.deliver(result);
		await submitResult(client, { order, job: ref.job, result });
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
