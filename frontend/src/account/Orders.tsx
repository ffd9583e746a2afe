import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { formatTime, useAmount } from "../app/format.ts";
import { ReadFailed } from "../app/ReadFailed.tsx";
import { useSite } from "../app/site.ts";
import { Badge } from "../design/Badge.tsx";
import { Button } from "../design/Button.tsx";
import { ButtonLink } from "../design/ButtonLink.tsx";
import { EmptyState } from "../design/EmptyState.tsx";
import { Section } from "../design/Section.tsx";
import { Skeleton } from "../design/Skeleton.tsx";

const tones = { open: "neutral", assigned: "active", done: "good" } as const;
const names = { open: "waiting", assigned: "at work", done: "done" } as const;

/** A consumer's orders, newest first. */
export function Orders({ consumer }: { consumer: string }) {
	const { indexer } = useSite();
	const amount = useAmount();
	const orders = useInfiniteQuery({
		queryKey: ["indexer", "orders", consumer],
		queryFn: ({ pageParam }) =>
			indexer.orders({ consumer, limit: 20, ...(pageParam === "" ? {} : { cursor: pageParam }) }),
		initialPageParam: "",
		getNextPageParam: ({ nextCursor }) => nextCursor,
	});
	const rows = orders.data?.pages.flatMap(({ items }) => items);
	return (
		<Section title="Orders" flush>
			{rows === undefined ? (
				orders.error === null ? (
					<Skeleton rows={5} label="Orders" />
				) : (
					<ReadFailed error={orders.error} what="The list of orders" />
				)
			) : rows.length === 0 ? (
				<EmptyState
					title="You ordered nothing yet"
					action={
						<ButtonLink to="/new" tone="primary">
							Order a job
						</ButtonLink>
					}
				>
					An example is ready to go.
				</EmptyState>
			) : (
				<table className="records">
					<thead>
						<tr>
							<th scope="col">Order</th>
							<th scope="col">Posted</th>
							<th scope="col">Jobs</th>
							<th scope="col">State</th>
							<th scope="col" className="end">
								Spent
							</th>
							<th scope="col" className="end">
								Still held
							</th>
						</tr>
					</thead>
					<tbody>
						{rows.map(({ id, postedAt, jobs, state, spent, escrow }) => (
							<tr key={id}>
								<td data-label="Order">
									<Link
										to="/orders/$orderId"
										params={{ orderId: id }}
										className="font-mono text-small text-accent underline underline-offset-2"
									>
										{id.slice(0, 10)}…{id.slice(-4)}
									</Link>
								</td>
								<td data-label="Posted">{formatTime(postedAt)}</td>
								<td data-label="Jobs" className="figures">
									{jobs}
								</td>
								<td data-label="State">
									<Badge tone={tones[state]}>{names[state]}</Badge>
								</td>
								<td data-label="Spent" className="end figures">
									{amount(spent)}
								</td>
								<td data-label="Still held" className="end figures">
									{amount(escrow)}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			)}
			{orders.hasNextPage && (
				<div className="border-t border-line p-3 text-center">
					<Button onClick={() => orders.fetchNextPage()} busy={orders.isFetchingNextPage}>
						Older ones
					</Button>
				</div>
			)}
		</Section>
	);
}
