import { type ReactNode, useId } from "react";

type SectionProps = { title: string; aside?: ReactNode; children: ReactNode; flush?: boolean };

/** A box with a heading. `flush`: the content brings its own distance from the edge. */
export function Section({ title, aside, children, flush = false }: SectionProps) {
	const id = useId();
	return (
		<section aria-labelledby={id} className="min-w-0 rounded-box border border-line bg-surface">
			<div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-3">
				<h2 id={id} className="text-lead font-semibold">
					{title}
				</h2>
				{aside !== undefined && <div className="text-small text-muted">{aside}</div>}
			</div>
			<div className={flush ? "" : "p-4"}>{children}</div>
		</section>
	);
}
