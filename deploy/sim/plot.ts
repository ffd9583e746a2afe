import { breakEven, MOST_SAVED } from "depin";
import { convictionOf } from "./simulate.ts";
import { type Case, SHARES } from "./study.ts";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [760, 440, 70, 20, 50, 60];
const [STAKE_FROM, STAKE_TO, SHARE_FROM, SHARE_TO] = [10, 1_000, 0.001, 0.25];
const colors = ["#0b7a75", "#2f5d9e", "#b8620a", "#a3243b"];

const x = (stake: number) =>
	LEFT + (Math.log(stake / STAKE_FROM) / Math.log(STAKE_TO / STAKE_FROM)) * (WIDTH - LEFT - RIGHT);
const y = (share: number) =>
	HEIGHT - BOTTOM - (Math.log(share / SHARE_FROM) / Math.log(SHARE_TO / SHARE_FROM)) * (HEIGHT - TOP - BOTTOM);
const at = (value: number) => value.toFixed(1);
const percent = (share: number) => `${Number((share * 100).toPrecision(2))} %`;

/** The study as an SVG: lines by the formula, dots by trying. */
export function plot(cases: readonly Case[]): string {
	const stakes = [10, 20, 50, 100, 200, 500, 1_000].map(
		(stake) =>
			`<line x1="${at(x(stake))}" x2="${at(x(stake))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/><text x="${at(x(stake))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${stake}</text>`,
	);
	const shares = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2].map(
		(share) =>
			`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(share))}" y2="${at(y(share))}"/><text x="${LEFT - 8}" y="${at(y(share) + 4)}" text-anchor="end">${percent(share)}</text>`,
	);
	const lines = SHARES.map((cheats, index) => {
		const color = colors[index];
		const own = cases.filter((one) => one.cheats === cheats);
		const dots = own.map(
			({ stake, simulated }) => `<circle cx="${at(x(stake))}" cy="${at(y(simulated))}" r="4" fill="${color}"/>`,
		);
		const label = `<text x="${WIDTH - RIGHT - 190}" y="${TOP + 20 + index * 18}" fill="${color}">${percent(cheats)} of the class cheats</text>`;
		return `<polyline points="${curve(cheats)}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join("")}${label}`;
	});
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Share of jobs to look at, by stake and share of cheats</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
<text x="${LEFT}" y="26" font-size="15" fill="#222222">How many jobs must be looked at for cheating to pay nothing</text>
<g stroke="#dddddd" fill="#555555" stroke-width="1">
${[...stakes, ...shares].join("\n").replaceAll("<text", '<text stroke="none"')}
</g>
${lines.join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 18}" text-anchor="middle" fill="#222222">stake of a node, in prices of one job (lines: formula, dots: simulation)</text>
</svg>
`;
}

function curve(cheats: number): string {
	const conviction = convictionOf({ cheats, present: 0.98 });
	const steps = Array.from({ length: 41 }, (_, step) => STAKE_FROM * (STAKE_TO / STAKE_FROM) ** (step / 40));
	return steps
		.map((stake) => `${at(x(stake))},${at(y(breakEven({ price: 1, saved: MOST_SAVED, stake, conviction })))}`)
		.join(" ");
}
