import { type ResultStatusCode, resultStatus } from "../chain/result.ts";

type Explanation = {
	/** The coarse status that goes on chain. */
	status: ResultStatusCode;
	/** Where it happened. */
	step: "pull" | "load" | "start" | "run" | "collect" | "submit";
	/** Whose doing it is, as far as a machine can tell. */
	who: "consumer" | "provider" | "none";
	/** For people: what happened. */
	text: string;
};

/**
 * Why a task ended as it did. A closed list: contracts see the status, everybody else this.
 *
 * A provider's own failure has the status that pays nothing and reopens the job for another node: the consumer must not
 * pay for it, and there is no fault to slash.
 */
export const reasons = {
	ok: { status: resultStatus.ok, step: "submit", who: "none", text: "it finished" },
	"exit-nonzero": {
		status: resultStatus.nonzeroExit,
		step: "run",
		who: "consumer",
		text: "the container exited with an error",
	},
	timeout: { status: resultStatus.timeout, step: "run", who: "consumer", text: "it ran longer than its timeout" },
	oom: {
		status: resultStatus.outOfMemory,
		step: "run",
		who: "consumer",
		text: "it needed more memory than the spec allows",
	},
	"stopped-by-consumer": {
		status: resultStatus.stopped,
		step: "run",
		who: "consumer",
		text: "the consumer stopped it",
	},
	"output-bytes-exceeded": {
		status: resultStatus.nonzeroExit,
		step: "collect",
		who: "consumer",
		text: "its outputs are larger than outputs.maxBytes",
	},
	"output-files-exceeded": {
		status: resultStatus.nonzeroExit,
		step: "collect",
		who: "consumer",
		text: "its outputs are more files than outputs.maxFiles",
	},
	"output-refused": {
		status: resultStatus.nonzeroExit,
		step: "collect",
		who: "consumer",
		text: "its outputs contain links, special files or names that cannot travel",
	},
	"image-missing": {
		status: resultStatus.inputUnavailable,
		step: "pull",
		who: "consumer",
		text: "no source had the image",
	},
	"image-invalid": {
		status: resultStatus.badSpec,
		step: "load",
		who: "consumer",
		text: "the image is not one that may be loaded",
	},
	"input-missing": {
		status: resultStatus.inputUnavailable,
		step: "pull",
		who: "consumer",
		text: "no source had an input",
	},
	"spec-invalid": { status: resultStatus.badSpec, step: "start", who: "consumer", text: "the spec cannot be run" },
	// What is the provider's own fault must never pay it: the job goes back to the others, and excludes this node.
	"engine-failed": {
		status: resultStatus.inputUnavailable,
		step: "start",
		who: "provider",
		text: "the node's container engine failed",
	},
	"disk-full": {
		status: resultStatus.inputUnavailable,
		step: "pull",
		who: "provider",
		text: "the node had no disk left for the image, the inputs or the outputs",
	},
	"image-unsigned": {
		status: resultStatus.inputUnavailable,
		step: "pull",
		who: "provider",
		text: "the node runs this image only with a signature that it lacks",
	},
	"provider-shutdown": {
		status: resultStatus.inputUnavailable,
		step: "run",
		who: "provider",
		text: "the node was shut down",
	},
} as const satisfies Record<string, Explanation>;

export type Reason = keyof typeof reasons;

export const reasonNames = Object.keys(reasons) as [Reason, ...Reason[]];

/** What a reason means. */
export function explainReason(reason: Reason): Explanation {
	return reasons[reason];
}
