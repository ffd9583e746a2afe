import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useAmount } from "../app/format.ts";
import { ReadFailed } from "../app/ReadFailed.tsx";
import { useSite } from "../app/site.ts";
import { EmptyState } from "../design/EmptyState.tsx";
import { Section } from "../design/Section.tsx";
import { Skeleton } from "../design/Skeleton.tsx";

const PriceChart = lazy(() => import("./PriceChart.tsx").then(({ PriceChart: it }) => ({ default: it })));

/** At what price the last jobs found a node. */
export function Prices() {
	const { indexer } = useSite();
	const amount = useAmount();
	const { data, error } = useQuery({
		queryKey: ["indexer", "prices"],
		async queryFn() {
			const { items } = await indexer.jobs({ limit: 100 });
			return items
				.flatMap(({ claimedAt, unitPrice }) =>
					claimedAt === null || unitPrice === null ? [] : [{ claimedAt, unitPrice }],
				)
				.sort((a, b) => a.claimedAt - b.claimedAt);
		},
	});
	const last = data?.at(-1);
	return (
		<Section title="Prices taken" aside={last === undefined ? undefined : `last ${amount(last.unitPrice)}`}>
			{data === undefined ? (
				error === null ? (
					<Skeleton rows={5} label="Prices" />
				) : (
					<ReadFailed error={error} what="Prices" />
				)
			) : data.length === 0 ? (
				<EmptyState title="No job was claimed yet">A point for each claim: when, and at what price.</EmptyState>
			) : (
				<Suspense fallback={<div className="h-52" />}>
					<PriceChart points={data} />
				</Suspense>
			)}
		</Section>
	);
}
