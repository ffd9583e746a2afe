/** Whether each attack is tried with what holds it switched off, to see that the test can fail. */
export const PROVING = process.env["DEPIN_PROVE"] === "1";

type Tried = { name: string; stoppedBy: string };

export type Table = {
	/** @param then what held it when its control was off; undefined = nothing did */
	add(attack: Tried, tier: string, then: string | undefined): void;
	print(): void;
};

/** What held what, for the reader of a run. */
export function newTable(what: string): Table {
	const rows: string[][] = [];
	return {
		add({ name, stoppedBy }, tier, then = "it succeeds") {
			rows.push(PROVING ? [name, tier, stoppedBy, then] : [name, tier, stoppedBy]);
		},
		print() {
			const head = PROVING ? ["attack", "tier", "control switched off", "what then"] : ["attack", "tier", "stopped by"];
			const all = [head, ...rows];
			const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
			for (const row of all)
				console.log(
					row
						.map((cell, column) => cell.padEnd(widths[column] ?? 0))
						.join("  ")
						.trimEnd(),
				);
			console.log(`${rows.length} ${what}`);
		},
	};
}
