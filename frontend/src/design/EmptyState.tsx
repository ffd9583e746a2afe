import type { ReactNode } from "react";

/** Nothing here yet, why, and what to do about it. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
	return (
		<div className="grid justify-items-center gap-2 px-4 py-10 text-center">
			<p className="font-medium">{title}</p>
			{children !== undefined && <p className="max-w-md text-muted">{children}</p>}
			{action !== undefined && <div className="pt-2">{action}</div>}
		</div>
	);
}
