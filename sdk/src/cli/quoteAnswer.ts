import { type AssetUnit, formatAsset } from "../chain/amounts.ts";
import type { Order } from "../chain/terms.ts";
import type { QuoteAnswer, QuoteConstraint } from "../indexer/quote.ts";
import { formatSpan } from "./words.ts";

const words: Record<QuoteConstraint, string> = {
	class: "class",
	node: "node",
	bond: "bond",
	tier: "tier",
	network: "network",
	cpus: "cpus",
	memoryMiB: "memory (MiB)",
	gpus: "gpus",
	diskMiB: "disk (MiB)",
	maxPrice: "price",
};

/** The indexer's answer as a person reads it: who is left after each constraint that loses somebody, then what to do. */
export function quoteAnswerLines(answer: QuoteAnswer, order: Order, asset: AssetUnit): string[] {
	const unit = order.metered ? "a second" : "a job";
	const value = (constraint: QuoteConstraint, text: string) =>
		constraint === "maxPrice" || constraint === "bond" ? formatAsset(BigInt(text), asset) : text;
	const meeting = answer.constraints.at(-1)?.remaining ?? 0;
	const lines = [
		`alive      ${answer.live} node(s), of which ${meeting} meet the order and ${answer.free} have room now`,
	];
	let before = answer.live;
	for (const { constraint, asked, remaining } of answer.constraints) {
		if (remaining < before)
			lines.push(`           ${words[constraint]} ${value(constraint, asked)}: ${before} to ${remaining}`);
		before = remaining;
	}
	for (const { changes, gains } of answer.relax) {
		const what = changes.map(({ constraint, asked, to }) => {
			return `${words[constraint]} ${value(constraint, asked)} to ${value(constraint, to)}`;
		});
		lines.push(`relax      ${what.join(" and ")}: ${gains} more node(s)`);
	}
	if (answer.clears !== null)
		lines.push(`clears at  ${formatAsset(answer.clears, asset)} ${unit} now${allAtOnce(answer, asset)}`);
	return [...lines, ...startLines(answer, meeting), deterrenceLine(answer)];
}

function allAtOnce({ clears, clearsAll }: QuoteAnswer, asset: AssetUnit): string {
	if (clearsAll === null) return "; there is not room for all its jobs at once";
	return clearsAll === clears ? "" : `, ${formatAsset(clearsAll, asset)} for all its jobs at once`;
}

function startLines({ start }: QuoteAnswer, meeting: number): string[] {
	if (meeting === 0) return [];
	const held = `${start.warm} of ${meeting} hold what it names`;
	if (start.seconds === null) return [`starts     nobody knows yet: no job of the class has run; ${held}`];
	return [`starts     about ${formatSpan(start.seconds)} after posting, by the last ${start.samples} job(s); ${held}`];
}

function deterrenceLine({ deterrence: { holds, auditBps, neededBps } }: QuoteAnswer): string {
	if (holds) return "checks     audits by chance make cheating at this price a loss";
	const percent = (bps: number) => `${(bps / 100).toFixed(2)} %`;
	const needed = neededBps === null ? "no rate of audits would" : `${percent(neededBps)} of jobs would have to be`;
	return `checks     audits (${percent(auditBps)} of jobs) do not make cheating a loss here, ${needed}: verify results yourself`;
}
