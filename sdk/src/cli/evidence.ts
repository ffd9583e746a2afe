import type { Address } from "viem";
import { getJobHistory } from "../actions/getJobHistory.ts";
import { lastSubmission, type Submission } from "../actions/getReceipt.ts";
import type { JobRef } from "../chain/jobRef.ts";
import { type Order, unpackTerms } from "../chain/terms.ts";
import { type JobStanding, standingOf } from "../chain/timeline.ts";
import { NotSubmittedError } from "../errors/chain.ts";
import { openEnvelope } from "../jobs/envelope.ts";
import { usableSources } from "../jobs/namedSources.ts";
import type { Statement } from "../jobs/statementSchema.ts";
import { cidOfDigest, DAG_PB, RAW } from "../storage/block.ts";
import { type ContentClient, withSources } from "../storage/client.ts";
import { fetchRaw } from "../storage/fetch.ts";
import type { Session } from "./session.ts";

/** A job's result as the chain records it. */
export type Submitted = {
	ref: JobRef;
	order: Order;
	uri: string;
	standing: JobStanding;
	submission: Submission;
	outputsCid: string;
	statementCid: string;
	/** Asks own sources, then those the order names. */
	content: ContentClient;
};

/** The result's own account of itself; its bytes are those the chain names, what they say is not checked here. */
export type Evidence = Submitted & {
	statement: Statement;
	/** Who signed the statement. */
	signer: Address;
};

/** Reads a job's last result from the chain. */
export async function readSubmitted(session: Session, ref: JobRef): Promise<Submitted> {
	const history = await getJobHistory(session.client, ref);
	const [posted] = history;
	const submission = lastSubmission(history);
	const standing = standingOf(history);
	if (!submission || posted?.eventName !== "Posted") throw new NotSubmittedError(ref.orderId, ref.job, standing.state);
	const { uri, terms } = posted.args;
	return {
		ref,
		order: unpackTerms(terms),
		uri,
		standing,
		submission,
		outputsCid: cidOfDigest(DAG_PB, submission.result.outputsDigest).toString(),
		statementCid: cidOfDigest(RAW, submission.result.statementHash).toString(),
		content: withSources(session.content, usableSources(uri, undefined)),
	};
}

/** Reads a job's last result and fetches its statement by the hash on chain. */
export async function readEvidence(session: Session, ref: JobRef, signal: AbortSignal): Promise<Evidence> {
	const submitted = await readSubmitted(session, ref);
	const { bytes } = await fetchRaw(submitted.content, submitted.statementCid, { signal });
	const { statement, signer } = await openEnvelope(bytes);
	return {
		...submitted,
		statement,
		signer,
		content: withSources(session.content, usableSources(submitted.uri, statement)),
	};
}
