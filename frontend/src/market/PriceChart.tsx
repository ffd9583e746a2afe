import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatTime, useAmount } from "../app/format.ts";

type Point = { claimedAt: number; unitPrice: bigint };

const HEIGHT = 208;

/** A picture of the points, and the same as a table for who cannot see it. */
export function PriceChart({ points }: { points: readonly Point[] }) {
	const box = useRef<HTMLDivElement>(null);
	const amount = useAmount();
	useEffect(() => {
		const element = box.current;
		if (element === null) return;
		const colour = (name: string) => getComputedStyle(element).getPropertyValue(name);
		// Base units stay far below 2^53 here; the axis only needs their ratio.
		const data: uPlot.AlignedData = [
			points.map(({ claimedAt }) => claimedAt),
			points.map(({ unitPrice }) => Number(unitPrice)),
		];
		const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
		const chart = new uPlot(
			{
				width: element.clientWidth,
				height: HEIGHT,
				legend: { show: false },
				cursor: { show: false },
				scales: { y: { range: (_, __, most) => [0, most * 1.25 || 1] } },
				axes: [
					{ ...axis, space: 96, values: (_, ticks) => ticks.map(formatTime) },
					{ ...axis, size: 90, values: (_, ticks) => ticks.map((tick) => amount(BigInt(Math.round(tick)))) },
				],
				series: [
					{},
					{
						stroke: colour("--accent"),
						width: 2,
						points: { show: true, size: 7, fill: colour("--accent") },
						paths: () => null,
					},
				],
			},
			data,
			element,
		);
		const sized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
		sized.observe(element);
		return () => {
			sized.disconnect();
			chart.destroy();
		};
	}, [points, amount]);
	return (
		<>
			<div ref={box} aria-hidden="true" className="h-52 overflow-hidden" />
			<details className="pt-2">
				<summary className="text-small text-muted">The same as a table</summary>
				<table className="records">
					<thead>
						<tr>
							<th scope="col">Claimed</th>
							<th scope="col" className="end">
								Price
							</th>
						</tr>
					</thead>
					<tbody>
						{points.map(({ claimedAt, unitPrice }, index) => (
							// biome-ignore lint/suspicious/noArrayIndexKey: several jobs may be claimed in one second at one price
							<tr key={index}>
								<td data-label="Claimed">{formatTime(claimedAt)}</td>
								<td data-label="Price" className="end figures">
									{amount(unitPrice)}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</details>
		</>
	);
}
