import { type ReactNode, useEffect } from "react";

type PageProps = { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode };

/** One page: its heading is also what the browser's tab and history show. */
export function Page({ title, lead, actions, children }: PageProps) {
	useEffect(() => {
		document.title = `${title} · depin`;
	}, [title]);
	return (
		<div className="grid gap-5">
			<div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
				<div className="grid max-w-2xl gap-1">
					<h1 className="text-title font-semibold tracking-tight">{title}</h1>
					{lead !== undefined && <div className="text-muted">{lead}</div>}
				</div>
				{actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
			</div>
			{children}
		</div>
	);
}
