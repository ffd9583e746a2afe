import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, memo, useCallback, useMemo, useRef } from "react";
import { Badge, type Tone } from "../design/Badge.tsx";
import { Section } from "../design/Section.tsx";
import type { OrderView } from "./orderView.ts";
import { stateOf } from "./words.ts";

const ROW = 44;
const SHOWN = 6;
const BEYOND = 6;
/** Rows that are ever drawn at once; one that leaves at one end is written anew at the other. */
const POOL = SHOWN + 2 * BEYOND + 2;

/** Jobs of an order, however many: only those in sight are drawn. */
export function JobList({ view: { orderId, jobs }, selected }: { view: OrderView; selected: number }) {
	const box = useRef<HTMLDivElement>(null);
	const navigate = useNavigate();
	const rows = useVirtualizer({
		count: jobs.length,
		getScrollElement: () => box.current,
		estimateSize: () => ROW,
		overscan: BEYOND,
		// Drawn with the next frame, not in the middle of the scroll.
		useFlushSync: false,
	});
	const choose = useCallback(
		(event: MouseEvent, job: number) => {
			// With a modifier it is the browser's: a new tab, a new window.
			if (event.metaKey || event.ctrlKey || event.shiftKey) return;
			event.preventDefault();
			void navigate({ to: "/orders/$orderId", params: { orderId }, search: { job }, resetScroll: false });
		},
		[navigate, orderId],
	);
	const done = useMemo(() => jobs.filter(({ state }) => state === "paid").length, [jobs]);
	return (
		<Section title="Jobs" aside={`${done} of ${jobs.length} paid`} flush>
			<section
				ref={box}
				aria-label="Jobs of this order"
				// biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
				tabIndex={0}
				className="overflow-auto contain-strict"
				style={{ height: Math.min(jobs.length, SHOWN) * ROW }}
			>
				<ul className="relative" style={{ height: rows.getTotalSize() }}>
					{rows.getVirtualItems().map(({ index, start }) => {
						const job = jobs[index];
						if (job === undefined) return null;
						const { word, tone } = stateOf(job);
						return (
							<JobRow
								key={index % POOL}
								{...{ orderId, index, start, word, tone }}
								of={jobs.length}
								node={job.node}
								isSelected={index === selected}
								onChoose={choose}
							/>
						);
					})}
				</ul>
			</section>
		</Section>
	);
}

type JobRowProps = {
	orderId: string;
	index: number;
	of: number;
	/** Pixels from the top of the list. */
	start: number;
	node: string | undefined;
	word: string;
	tone: Tone;
	isSelected: boolean;
	onChoose: (event: MouseEvent, job: number) => void;
};

/** Drawn once however long somebody scrolls. A plain link: the router's own follows every change of place, in every row. */
const JobRow = memo(function JobRow({
	orderId,
	index,
	of,
	start,
	node,
	word,
	tone,
	isSelected,
	onChoose,
}: JobRowProps) {
	return (
		<li
			aria-setsize={of}
			aria-posinset={index + 1}
			className="absolute inset-x-0 border-b border-line contain-strict"
			style={{ height: ROW, transform: `translateY(${start}px)` }}
		>
			<a
				href={`#/orders/${orderId}?job=${index}`}
				onClick={(event) => onChoose(event, index)}
				aria-current={isSelected ? "true" : undefined}
				className="flex h-full items-center justify-between gap-3 px-4 hover:bg-sunken aria-[current=true]:bg-accent-ground"
			>
				<span className="figures">Job {index}</span>
				<span className="hidden font-mono text-small text-muted sm:inline">
					{node === undefined ? "" : `${node.slice(0, 8)}…`}
				</span>
				<Badge tone={tone}>{word}</Badge>
			</a>
		</li>
	);
});
