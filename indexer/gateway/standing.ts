// Where the mirror stands to the chain, out of what was seen of both, and how that is told to people.
import type { EventJson, IndexerStatus } from "depin/indexer";

/** What was seen last. Times in milliseconds since 1970. */
export type Seen = {
	status: IndexerStatus | undefined;
	/** The chain's last block. */
	last: number | undefined;
	/** Since when the mirror, or the chain, does not answer. */
	mirrorAway: number | undefined;
	chainAway: number | undefined;
	/** The mirror's newest event, while the chain has something else in its place. */
	replaced: { event: Pick<EventJson, "name" | "block" | "tx">; since: number } | undefined;
};

/** A mirror follows a reorganisation within moments. One that still shows what the chain took back then never will. */
const FOLLOWS_WITHIN_MS = 5_000;

/** Whether the mirror's rows are of a chain that exists no more, so that nobody should be shown them. */
export function isAstray({ replaced }: Seen, now: number): boolean {
	return replaced !== undefined && now - replaced.since >= FOLLOWS_WITHIN_MS;
}

/**
 * Blocks between the chain's last and the mirror's; undefined when that cannot be said.
 * @param within the mirror may seem so many blocks ahead, as two servers of one chain may differ
 */
export function lagOf({ status, last, mirrorAway, chainAway, replaced }: Seen, within: number): number | undefined {
	if (!status || last === undefined || mirrorAway || chainAway || replaced) return undefined;
	return status.block - last > within ? undefined : Math.max(0, last - status.block);
}

/** Why the mirror is not at the head of the chain: what happened, what it means and what to do. Undefined when it is. */
export function troubleOf(seen: Seen, within: number, now: number): string | undefined {
	const { status, last, mirrorAway, chainAway, replaced } = seen;
	if (replaced && isAstray(seen, now)) return astray(replaced.event);
	if (mirrorAway) {
		return `The mirror has not answered since ${at(mirrorAway)}. Its rows cannot be read until it does. ${SAFE} See whether its process runs, and its log.`;
	}
	if (chainAway) {
		return `The chain's endpoint has not answered this gateway since ${at(chainAway)}. What is shown was true up to block ${status?.block}. ${SAFE} It goes on by itself when the endpoint answers.`;
	}
	if (!status || last === undefined) return "This gateway has just started and knows nothing yet.";
	if (replaced) return "The chain took blocks back, and the mirror is following it.";
	const lag = lagOf(seen, within);
	if (lag === undefined) {
		return `The mirror has read up to block ${status.block}, and the chain's last is ${last}. Either the chain was set back, or the endpoint of this gateway is behind the mirror's. ${SAFE}`;
	}
	return lag <= within
		? undefined
		: `The mirror has read up to block ${status.block}, ${lag} behind the chain's last. It catches up by itself unless its log says otherwise. ${SAFE}`;
}

const SAFE = "No money is affected: orders, jobs and payments are on the chain, not here.";

function astray({ name, block, tx }: NonNullable<Seen["replaced"]>["event"]): string {
	return `The mirror's newest event (${name} in block ${block}, transaction ${tx}) is not on the chain: the chain was started anew, or took back blocks that counted as final. The mirror's rows are of a chain that exists no more, so none is shown. ${SAFE} The mirror has to be built anew from the chain: on PGlite by starting it again, on PostgreSQL as docs/operations.md says under "When the chain is another one".`;
}

const at = (ms: number) => new Date(ms).toISOString();
