import type { Address } from "viem";
import { getOrderStory } from "../actions/getOrderStory.ts";
import { formatJobRef, type JobRef } from "../chain/jobRef.ts";
import { isTerminal } from "../chain/state.ts";
import type { JobStanding } from "../chain/timeline.ts";
import { channelAccessTypedData } from "../channel/access.ts";
import { type AskChannel, followLogs, type LogEvent } from "../channel/followLogs.ts";
import { IndexerProblemError } from "../errors/indexer.ts";
import { createGatewayClient } from "../indexer/client.ts";
import { isSignedByNode } from "../indexer/heartbeat.ts";
import { callHttp } from "../storage/http.ts";
import type { Context } from "./context.ts";
import { ChannelMissingError } from "./errors.ts";
import { followOrder, hasOutcome } from "./follow.ts";
import { untrusted } from "./output.ts";
import type { Session } from "./session.ts";
import { formatTime, standingWord } from "./words.ts";

export type LiveLogsOptions = {
	/** Only this task, by its index in the order. */
	task: number | undefined;
	/** The node's channel, when it is known better than the indexer does. */
	channel: string | undefined;
};

/** A grant outlives the longest run that is worth watching without signing again. */
const GRANT_SECONDS = 12 * 3600;
/** A channel gives a sign of life every 15 s. */
const IDLE_TIMEOUT_MS = 45_000;

/**
 * Prints what a job's containers write, as they write it, from whichever node has the job, until it has an outcome.
 * @returns how many lines were shown; 0 when the job had its outcome before anything could be followed
 */
export async function followJobLogs(
	context: Context,
	session: Session,
	ref: JobRef,
	options: LiveLogsOptions,
): Promise<number> {
	const { client } = session;
	let shown = 0;
	for (let last: JobStanding | undefined; ; ) {
		const { jobs } = await getOrderStory(client, ref);
		const standing = jobs[ref.job];
		if (!standing || hasOutcome(standing) || isTerminal(standing.state)) {
			if (standing && shown > 0) context.out.progress(`${formatJobRef(ref)}: ${standingWord(standing, formatTime)}`);
			return shown;
		}
		// The same claim again: the node is done with it, and the chain will say so in a moment.
		const isNews = last?.attempts !== standing.attempts || last.state !== standing.state;
		last = standing;
		if (standing.state === "running" && standing.node && isNews) {
			const url = options.channel ?? (await channelOf(session, standing.node, context.signal));
			context.out.progress(`following ${formatJobRef(ref)} on node ${standing.node}`);
			shown += await show(context, session, ref, { ...options, node: standing.node, url });
			continue;
		}
		if (standing.state === "open") context.out.progress(standingWord(standing, formatTime));
		await change(context, session, ref, standing);
	}
}

/** Waits until the job is claimed, handed back, or over. */
async function change({ signal }: Context, { client }: Session, { orderId, job }: JobRef, now: JobStanding) {
	await followOrder(client, {
		orderId,
		fromBlock: client.fromBlock,
		until: ({ jobs }) => jobs[job]?.state !== now.state || jobs[job].attempts !== now.attempts,
		onEvent: () => {},
		signal,
	});
}

async function show(
	{ out, signal }: Context,
	session: Session,
	{ orderId, job }: JobRef,
	{ node, url, task: wanted }: LiveLogsOptions & { node: Address; url: string },
): Promise<number> {
	const { client } = session;
	const { deployment } = client;
	const grant = { orderId, node, expiresAt: Math.floor(Date.now() / 1000) + GRANT_SECONDS };
	const account = client.account ?? session.signer();
	const signature = await client.signTypedData({ account, ...channelAccessTypedData(deployment, grant) });
	const parameters = { url, deployment, job, access: { ...grant, signature }, signal, ask: askOf(session) };
	let task: number | undefined;
	let shown = 0;
	const onState = (state: string) => {
		if (state === "reconnecting") out.progress("the connection was lost, going on where it was …");
	};
	for await (const event of followLogs({ ...parameters, onState })) {
		if (event.kind === "end" || (wanted !== undefined && event.task !== wanted)) continue;
		out.answer({ job, ...event }, linesOf(event, task));
		task = event.task;
		shown += event.lines.length;
	}
	return shown;
}

function linesOf(
	{ task, lines, truncated }: Extract<LogEvent, { kind: "lines" }>,
	before: number | undefined,
): string[] {
	return [
		...(before !== undefined && before !== task ? [`--- task ${task}`] : []),
		...lines.map(untrusted),
		...(truncated ? ["--- the container wrote more than its node keeps"] : []),
	];
}

/** A channel is a URL that a stranger named: it may be private only where the profile says that everything is. */
function askOf({ profile: { allowPrivateSources } }: Session): AskChannel {
	const call = {
		allowPrivate: allowPrivateSources,
		maxBytes: Number.POSITIVE_INFINITY,
		idleTimeoutMs: IDLE_TIMEOUT_MS,
	};
	return (url, { headers, signal }) => callHttp(url, { ...call, headers, signal });
}

/** What the node itself says, passed on by the indexer. */
async function channelOf({ profile, client }: Session, node: Address, signal: AbortSignal): Promise<string> {
	if (!profile.indexer) throw new ChannelMissingError(node, "the profile names no indexer to ask");
	try {
		const signed = await createGatewayClient({ url: profile.indexer.url, signal }).heartbeat(node);
		const { channel } = signed.heartbeat;
		const isTrue = signed.heartbeat.node === node.toLowerCase() && (await isSignedByNode(client.deployment, signed));
		if (channel !== undefined && isTrue) return channel;
		throw new ChannelMissingError(node, isTrue ? "it offers none" : "what the indexer says of it is not signed by it");
	} catch (error) {
		if (error instanceof IndexerProblemError && error.status === 404)
			throw new ChannelMissingError(node, "the indexer has not heard of it lately");
		throw error;
	}
}
