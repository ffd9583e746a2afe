import { DepinError } from "./base.ts";

/** The mirror does not answer. No money depends on it: the chain is still there to ask. */
export class IndexerUnreachableError extends DepinError {
	override readonly code = "indexer-unreachable";
	override readonly retriable = true;
	constructor(url: string, cause?: unknown) {
		super(`no answer from the indexer ${url}`, {
			cause,
			hint: "Check that it runs and that the profile's indexer.url is right. Jobs and money do not depend on it.",
		});
	}
}

/** The mirror answered with a problem document. */
export class IndexerProblemError extends DepinError {
	override readonly code = "indexer-problem";
	readonly status: number;
	constructor(url: string, status: number, title: string, detail?: string) {
		super(`the indexer answered ${status} ${title}${detail ? `: ${detail}` : ""}`, { meta: [`url: ${url}`] });
		this.status = status;
	}
}

/** The mirror's answer has another shape than this version reads. */
export class IndexerAnswerError extends DepinError {
	override readonly code = "indexer-answer";
	constructor(url: string, cause: unknown) {
		super("the indexer's answer has an unknown shape", {
			cause,
			meta: [`url: ${url}`],
			hint: "Use a command and an indexer of the same version.",
		});
	}
}
