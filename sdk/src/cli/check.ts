import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { jobFacts } from "../actions/getJobFacts.ts";
import { getJobHistory } from "../actions/getJobHistory.ts";
import { lastSubmission, type Submission } from "../actions/getReceipt.ts";
import type { JobRef } from "../chain/jobRef.ts";
import type { Order } from "../chain/terms.ts";
import { type JobStanding, standingOf } from "../chain/timeline.ts";
import { DepinError } from "../errors/base.ts";
import { NotSubmittedError } from "../errors/chain.ts";
import { openEnvelope } from "../jobs/envelope.ts";
import { fetchJobContent } from "../jobs/fetchJob.ts";
import { type Bundle, parseManifest } from "../jobs/manifest.ts";
import { usableSources } from "../jobs/namedSources.ts";
import type { Statement } from "../jobs/statementSchema.ts";
import { type Check, type Fetched, verifyJob } from "../jobs/verify.ts";
import { cidOfDigest, DAG_PB, RAW } from "../storage/block.ts";
import { type ContentClient, withSources } from "../storage/client.ts";
import type { Session } from "./session.ts";

/** A job's result with every check made. Parts that could not be read are absent, and a check says why. */
export type CheckedJob = {
	ref: JobRef;
	order: Order;
	standing: JobStanding;
	submission: Submission;
	outputsCid: string;
	statementCid: string;
	checks: readonly Check[];
	statement?: Statement;
	bundle?: Bundle;
	/** Why the job ended so, in its node's words. */
	reason: string | null;
	/** Asks own sources, then those the order and the statement name. */
	content: ContentClient;
};

/** Reads a job from the chain, its content by CID into `folder` (default: a passing one), and checks all of it. */
export async function checkJob(
	session: Session,
	ref: JobRef,
	{ folder, signal }: { folder?: string | undefined; signal: AbortSignal },
): Promise<CheckedJob> {
	const history = await getJobHistory(session.client, ref);
	const facts = jobFacts(session.client.deployment, ref, history);
	const submission = lastSubmission(history);
	const standing = standingOf(history);
	if (!facts || !submission) throw new NotSubmittedError(ref.orderId, ref.job, standing.state);
	const fetched = await inFolder(folder, (target) => {
		return fetchJobContent(session.content, facts, { folder: target, signal });
	});
	const statement = await readable(fetched.statement, async (bytes) => (await openEnvelope(bytes)).statement);
	const bundle = await readable(fetched.manifest, parseManifest);
	return {
		ref,
		order: facts.order,
		standing,
		submission,
		outputsCid: cidOfDigest(DAG_PB, submission.result.outputsDigest).toString(),
		statementCid: cidOfDigest(RAW, submission.result.statementHash).toString(),
		checks: await verifyJob(facts, fetched),
		...(statement ? { statement } : {}),
		...(bundle ? { bundle } : {}),
		reason: statement?.predicate.runDetails.depin.outcome.reason ?? null,
		content: withSources(session.content, usableSources(facts.uri, statement)),
	};
}

async function inFolder<T>(folder: string | undefined, work: (folder: string) => Promise<T>): Promise<T> {
	if (folder !== undefined) {
		await mkdir(dirname(folder), { recursive: true });
		return work(folder);
	}
	const passing = await mkdtemp(join(tmpdir(), "depin-check-"));
	try {
		return await work(join(passing, "outputs"));
	} finally {
		await rm(passing, { recursive: true, force: true });
	}
}

/** What can be read of it; what cannot has failed its check by name already. */
async function readable<T>(
	fetched: Fetched<Uint8Array>,
	read: (bytes: Uint8Array) => T | Promise<T>,
): Promise<T | undefined> {
	if ("problem" in fetched) return undefined;
	try {
		return await read(fetched.value);
	} catch (error) {
		if (error instanceof DepinError) return undefined;
		throw error;
	}
}
