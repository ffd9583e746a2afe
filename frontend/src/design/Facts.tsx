import type { ReactNode } from "react";

/** Names and values side by side. A value that is undefined has no row. */
export function Facts({ of }: { of: readonly (readonly [string, ReactNode])[] }) {
	return (
		<dl className="grid grid-cols-[minmax(6.5rem,max-content)_1fr] gap-x-6 gap-y-1.5">
			{of.map(([name, value]) =>
				value === undefined ? null : (
					<div key={name} className="contents">
						<dt className="text-muted">{name}</dt>
						<dd className="figures min-w-0">{value}</dd>
					</div>
				),
			)}
		</dl>
	);
}
