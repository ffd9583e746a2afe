type Json<Row> = {
	[key in keyof Row as Exclude<key, "sequence">]: Row[key] extends bigint
		? string
		: Row[key] extends bigint | null
			? string | null
			: Row[key];
};

/** A row as it travels: amounts as decimal strings; the sort key stays inside. */
export function jsonOf<Row extends object>(row: Row): Json<Row> {
	const entries = Object.entries(row).filter(([key]) => key !== "sequence");
	return Object.fromEntries(
		entries.map(([key, value]) => [key, typeof value === "bigint" ? value.toString() : value]),
	) as Json<Row>;
}
