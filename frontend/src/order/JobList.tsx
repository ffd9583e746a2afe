import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { Badge } from "../design/Badge.tsx";
import { Section } from "../design/Section.tsx";
import type { OrderView } from "./orderView.ts";
import { stateOf } from "./words.ts";

const ROW = 44;
const SHOWN = 6;

/** Jobs of an order, however many: only those in sight are drawn. */
export function JobList({ view: { orderId, jobs }, selected }: { view: OrderView; selected: number }) {
	const box = useRef<HTMLDivElement>(null);
	const rows = useVirtualizer({
		count: jobs.length,
		getScrollElement: () => box.current,
		estimateSize: () => ROW,
		overscan: 8,
	});
	const done = jobs.filter(({ state }) => state === "paid").length;
	return (
		<Section title="Jobs" aside={`${done} of ${jobs.length} paid`} flush>
			<section
				ref={box}
				aria-label="Jobs of this order"
				// biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
				tabIndex={0}
				className="overflow-auto"
				style={{ height: Math.min(jobs.length, SHOWN) * ROW }}
			>
				<ul className="relative" style={{ height: rows.getTotalSize() }}>
					{rows.getVirtualItems().map(({ index, start }) => {
						const job = jobs[index];
						if (job === undefined) return null;
						const { word, tone } = stateOf(job);
						return (
							<li
								key={index}
								aria-setsize={jobs.length}
								aria-posinset={index + 1}
								className="absolute inset-x-0 border-b border-line"
								style={{ height: ROW, transform: `translateY(${start}px)` }}
							>
								<Link
									to="/orders/$orderId"
									params={{ orderId }}
									search={{ job: index }}
									resetScroll={false}
									aria-current={index === selected ? "true" : undefined}
									className="flex h-full items-center justify-between gap-3 px-4 hover:bg-sunken aria-[current=true]:bg-accent-ground"
								>
									<span className="figures">Job {index}</span>
									<span className="hidden font-mono text-small text-muted sm:inline">
										{job.node === undefined ? "" : `${job.node.slice(0, 8)}…`}
									</span>
									<Badge tone={tone}>{word}</Badge>
								</Link>
							</li>
						);
					})}
				</ul>
			</section>
		</Section>
	);
}
