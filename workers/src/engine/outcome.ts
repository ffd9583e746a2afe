import type { Reason } from "depin/jobs";
import type { Collected } from "./collect.ts";
import type { ContainerState } from "./engine.ts";

/** Why the node itself ended a container; undefined when it ended on its own. */
export type Ended = "timeout" | "stopped-by-consumer" | "provider-shutdown" | "output-bytes-exceeded" | undefined;

/**
 * What became of one task. The order of the questions matters: an exit code alone lies in both directions. A container
 * whose child was killed for memory can end with 0, and one we stopped at its timeout ends with 137 or with 0.
 */
export function taskReason(state: ContainerState, ended: Ended, collected: Collected): Reason {
	if (ended === "stopped-by-consumer" || ended === "provider-shutdown") return ended;
	if (state.oomKilled) return "oom";
	if (ended === "timeout") return "timeout";
	if (!collected.ok) return collected.reason;
	if (ended === "output-bytes-exceeded") return ended;
	return state.exitCode === 0 ? "ok" : "exit-nonzero";
}
