import { convictionOf } from "./simulate.ts";
import { type Case, UNPAID } from "./study.ts";

/** The study as a Markdown table. */
export function table(cases: readonly Case[]): string {
	const rows = cases.map(({ cheats, stake, formula, simulated, withUnpaid }) =>
		[
			`${cheats * 100} %`,
			`${(convictionOf({ cheats, present: 0.98 }) * 100).toFixed(1)} %`,
			`${stake}`,
			percent(formula),
			percent(simulated),
			`${((simulated / formula - 1) * 100).toFixed(1)} %`,
			percent(withUnpaid),
		].join(" | "),
	);
	const head = `| cheats | convicted | stake / price | formula | simulated | off by | with ${UNPAID} more unpaid |`;
	return [head, `|${"---:|".repeat(7)}`, ...rows.map((row) => `| ${row} |`)].join("\n");
}

const percent = (share: number) => `${(share * 100).toFixed(3)} %`;
