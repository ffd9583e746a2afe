import type { Statement } from "depin/jobs";
import { formatTime, useAmount } from "../app/format.ts";
import { useSite } from "../app/site.ts";
import type { Tone } from "../design/Badge.tsx";
import { Hash } from "../design/Hash.tsx";
import type { Entry } from "./orderView.ts";
import { tell } from "./words.ts";

type Row = {
	id: string;
	time: number;
	title: string;
	detail: string | undefined;
	tone: Tone;
	tx?: string;
	proof: string;
};

const dots: Record<Tone, string> = {
	neutral: "border-edge bg-surface",
	active: "border-accent bg-accent-ground",
	good: "border-good bg-good",
	warn: "border-warn bg-warn-ground",
	bad: "border-bad bg-bad",
};

type TimelineProps = { entries: readonly Entry[]; statement: Statement | undefined };

/** What the chain says and what the node signed, in one order of time, each with where it can be checked. */
export function Timeline({ entries, statement }: TimelineProps) {
	const { config } = useSite();
	const amount = useAmount();
	const rows = [
		...entries.map((entry): Row => {
			const { title, detail, tone } = tell(entry, amount);
			return { id: entry.id, time: entry.time, title, detail, tone, tx: entry.tx, proof: `block ${entry.block}` };
		}),
		...(statement === undefined ? [] : workerRows(statement)),
	].sort((a, b) => a.time - b.time);
	return (
		<ol className="px-4 py-3">
			{rows.map(({ id, time, title, detail, tone, tx, proof }) => (
				<li key={id} className="group relative grid grid-cols-[1.25rem_1fr] gap-x-3 pb-4 last:pb-1">
					<span
						aria-hidden="true"
						className="group-last:hidden absolute top-3 bottom-[-0.375rem] left-[0.5625rem] w-px bg-line"
					/>
					<span aria-hidden="true" className={`relative mt-1.5 ml-1 size-3 rounded-full border-2 ${dots[tone]}`} />
					<div className="flex flex-wrap items-baseline justify-between gap-x-4">
						<div className="grid min-w-0">
							<span className="font-medium">{title}</span>
							{detail !== undefined && <span className="text-muted">{detail}</span>}
						</div>
						<span className="flex flex-wrap items-center gap-x-2 text-small text-muted figures">
							<time dateTime={new Date(time * 1000).toISOString()}>{formatTime(time)}</time>
							<span>{proof}</span>
							{tx !== undefined && (
								<Hash value={tx} href={config.explorer === undefined ? undefined : `${config.explorer}/tx/${tx}`} />
							)}
						</span>
					</div>
				</li>
			))}
		</ol>
	);
}

function workerRows(statement: Statement): Row[] {
	const { runDetails, buildDefinition } = statement.predicate;
	const { startedOn, finishedOn } = runDetails.metadata;
	const { outcome } = runDetails.depin;
	const tier = ["container", "sandbox", "vm"][buildDefinition.internalParameters.tier] ?? "unknown";
	const seconds = (text: string) => Date.parse(text) / 1000;
	const proof = "signed statement";
	return [
		{
			id: "started",
			time: seconds(startedOn),
			title: "Container started",
			detail: `Isolation: ${tier}.`,
			tone: "active",
			proof,
		},
		{
			id: "finished",
			time: seconds(finishedOn),
			title: "Container ended",
			detail: `${outcome.reason}, exit code ${outcome.exitCode}, ${outcome.billed} s billed.`,
			tone: outcome.reason === "ok" ? "neutral" : "bad",
			proof,
		},
	];
}
