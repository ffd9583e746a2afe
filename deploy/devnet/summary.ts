import type { Address, Hex } from "viem";
import type { Step, StepName } from "./timeline.ts";

/** What `npm start -- --json` prints, one object on the last line. Seconds are this machine's. */
export interface StartReport {
	paid: boolean;
	verified: boolean;
	orderId: Hex;
	jobId: string;
	resultCid: string;
	statementCid: string;
	/** Each from the end of the one before; `total` from the command to the payment. */
	seconds: Record<"setup" | "devnet" | StepName | "total", number>;
	/** Of each transaction of the job. */
	gas: Partial<Record<StepName, number>>;
	/** The job's own metrics.json. */
	metrics: Record<string, unknown>;
}

export interface SummaryParts {
	report: StartReport;
	steps: readonly Step[];
	paid: { pay: string; fee: string; refund: string; node: Address; owner: Address } | undefined;
	/** Where the result lies on this machine. */
	resultPath: string | undefined;
}

/** The story of the order for a person: each step with seconds, transaction and gas, then result, verdict, money. */
export function summary({ report, steps, paid, resultPath }: SummaryParts): string {
	const { seconds, metrics } = report;
	const rows = [
		["set-up", seconds.setup, "", ""],
		["devnet", seconds.devnet, "", ""],
		...steps.map((step) => [
			label(step.name),
			seconds[step.name],
			step.gas === undefined ? "" : `${step.gas.toLocaleString("en")} gas`,
			step.tx ?? step.note,
		]),
		["total", seconds.total, "", ""],
	] as [string, number, string, string][];
	const table = rows.map(([name, time, gas, tx]) =>
		`  ${name.padEnd(18)}${time.toFixed(1).padStart(6)} s  ${gas.padStart(12)}  ${tx}`.trimEnd(),
	);
	const confusion = Array.isArray(metrics.confusion) ? ` on ${total(metrics.confusion)} held-out digits` : "";
	return [
		"",
		...table,
		"",
		`  order      ${report.orderId}`,
		`  result     ${report.resultCid}`,
		`  statement  ${report.statementCid}`,
		...(resultPath === undefined ? [] : [`  files      ${resultPath}`]),
		...(metrics.accuracy === undefined ? [] : [`  accuracy   ${metrics.accuracy}${confusion}`]),
		`  verdict    ${report.verified ? "every check passed" : "NOT verified"}`,
		paid === undefined
			? "  payment    NOT paid"
			: `  payment    ${paid.pay} to ${paid.owner} (node ${paid.node}), of it ${paid.fee} fee; ${paid.refund} back to the consumer`,
		"",
	].join("\n");
}

const LABELS: Record<StepName, string> = {
	post: "build, post",
	claim: "claim",
	containerStart: "container start",
	submit: "run, submit",
	settle: "verify, settle",
};
const label = (name: StepName) => LABELS[name];

function total(matrix: unknown[]): number {
	return matrix.flat().reduce<number>((sum, count) => sum + Number(count), 0);
}
