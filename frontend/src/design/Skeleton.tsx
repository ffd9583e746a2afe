/** Stands in for rows of text that are on their way, at the height they will have. */
export function Skeleton({ rows = 3, label = "Loading" }: { rows?: number; label?: string }) {
	return (
		<div role="status" className="grid gap-3 p-4">
			<span className="sr-only">{label} …</span>
			{Array.from({ length: rows }, (_, row) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: rows that are all alike have nothing else
				<div key={row} aria-hidden="true" className={`skeleton h-6 ${row % 3 === 2 ? "w-2/3" : "w-full"}`} />
			))}
		</div>
	);
}
