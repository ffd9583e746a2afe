import { DepinError } from "../errors/base.ts";

/** Nothing in here touches money: the job runs on, and its whole log is in the signed statement once it has a result. */
const LATER = "The job goes on; once it has a result, `depin logs <job>` reads the log from the signed statement.";

/** The node's channel does not answer, or breaks off again and again. */
export class ChannelUnreachableError extends DepinError {
	override readonly code = "channel-unreachable";
	override readonly retriable = true;
	constructor(url: string, cause?: unknown) {
		super(`no answer from the node's channel ${url}`, { cause, hint: LATER });
	}
}

/** The node will not show this: the grant is wrong or over, or the job is not there. */
export class ChannelRefusedError extends DepinError {
	override readonly code = "channel-refused";
	readonly status: number;
	/** The problem's title: `access-denied`, `job-unknown`, … */
	readonly title: string;
	constructor(url: string, status: number, title: string, detail: string | undefined) {
		super(`the node's channel refused: ${detail ?? title}`, {
			meta: [`url: ${url}`, `status: ${status} ${title}`],
			hint: LATER,
		});
		this.status = status;
		this.title = title;
	}
}

/** What arrived was not said by the node: a relay, or whoever answers at that address, makes it up. */
export class ChannelForgedError extends DepinError {
	override readonly code = "channel-forged";
	constructor(url: string, what: string) {
		super(`${url} sent ${what}; it is not shown`, {
			hint: "The relay or the address is not to be trusted. The job and its money are not affected: results are checked apart.",
		});
	}
}
