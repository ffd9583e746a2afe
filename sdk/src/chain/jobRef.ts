import { type Hex, isHex } from "viem";
import { DepinError } from "../errors/base.ts";

/** One job: the n-th of an order. Written `<orderId>/<n>`. */
export type JobRef = { orderId: Hex; job: number };

export class JobRefError extends DepinError {
	override readonly code = "job-ref-invalid";
	constructor(text: string) {
		super(`"${text}" does not name a job`, {
			hint: "Write <orderId>/<n>: the order's 0x… id of 64 hex digits, a slash, and the job's number.",
		});
	}
}

/** Parses `<orderId>/<n>`; `<orderId>` alone means job 0. */
export function parseJobRef(text: string): JobRef {
	const [id = "", number = "0", ...rest] = text.split("/");
	const job = Number(number);
	if (!isOrderId(id) || rest.length > 0 || !/^\d{1,10}$/.test(number) || job >= 2 ** 32) throw new JobRefError(text);
	return { orderId: id.toLowerCase() as Hex, job };
}

export function formatJobRef({ orderId, job }: JobRef): string {
	return `${orderId}/${job}`;
}

export function isOrderId(text: string): text is Hex {
	return isHex(text) && text.length === 66;
}

/** The first 8 hex digits, for people and folder names; never a key. */
export function shortId(orderId: Hex): string {
	return orderId.slice(0, 10);
}
