import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useId, useRef, useState } from "react";
import { Button } from "../design/Button.tsx";

const ROW = 20;
const SHOWN = 18;

type LogViewProps = { label: string; lines: readonly string[] };

/** A log of any length: only lines in sight are drawn. Follows its end until somebody scrolls away or pauses. */
export function LogView({ label, lines }: LogViewProps) {
	const box = useRef<HTMLDivElement>(null);
	const [following, follow] = useState(true);
	const [wanted, want] = useState("");
	const id = useId();
	const shown = wanted === "" ? lines : lines.filter((line) => line.toLowerCase().includes(wanted.toLowerCase()));
	const rows = useVirtualizer({
		count: shown.length,
		getScrollElement: () => box.current,
		estimateSize: () => ROW,
		overscan: 12,
	});
	useEffect(() => {
		if (following && box.current !== null) box.current.scrollTop = shown.length * ROW;
	}, [following, shown.length]);
	function scrolled() {
		const element = box.current;
		if (element === null) return;
		follow(element.scrollHeight - element.scrollTop - element.clientHeight < 2 * ROW);
	}
	return (
		<div className="grid gap-2">
			<div className="flex flex-wrap items-center justify-between gap-2">
				<label htmlFor={id} className="flex items-center gap-2 text-small text-muted">
					Find
					<input
						id={id}
						type="search"
						value={wanted}
						onChange={({ target }) => want(target.value)}
						className="min-h-9 rounded-control border border-edge bg-surface px-2 text-ink"
					/>
				</label>
				<span className="flex items-center gap-3 text-small text-muted">
					{shown.length === lines.length ? lines.length : `${shown.length} of ${lines.length}`} lines
					<Button onClick={() => follow(!following)}>{following ? "Stop following" : "Follow the end"}</Button>
				</span>
			</div>
			<section
				ref={box}
				aria-label={label}
				onScroll={scrolled}
				// biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
				tabIndex={0}
				className="overflow-auto rounded-control bg-sunken font-mono text-small"
				style={{ height: SHOWN * ROW }}
			>
				{shown.length === 0 && (
					<p className="p-3 text-muted">{lines.length === 0 ? "Nothing is printed yet." : "No line has it."}</p>
				)}
				<div className="relative min-w-max" style={{ height: rows.getTotalSize() }}>
					{rows.getVirtualItems().map(({ index, start }) => (
						<div
							key={index}
							className="absolute left-0 h-5 px-3 whitespace-pre"
							style={{ transform: `translateY(${start}px)` }}
						>
							{shown[index]}
						</div>
					))}
				</div>
			</section>
		</div>
	);
}
