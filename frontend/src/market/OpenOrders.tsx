import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { formatSpan, useAmount } from "../app/format.ts";
import { ReadFailed } from "../app/ReadFailed.tsx";
import { useSite } from "../app/site.ts";
import { useNow } from "../app/useNow.ts";
import { ButtonLink } from "../design/ButtonLink.tsx";
import { EmptyState } from "../design/EmptyState.tsx";
import { Section } from "../design/Section.tsx";
import { Skeleton } from "../design/Skeleton.tsx";

export function OpenOrders() {
	const { indexer } = useSite();
	const { data, error } = useQuery({
		queryKey: ["indexer", "orders", "recent"],
		queryFn: async () => (await indexer.orders({ limit: 10 })).items,
	});
	const amount = useAmount();
	const now = useNow(1_000);
	const waiting = data?.filter(({ unclaimed, closed }) => unclaimed > 0 && !closed).length;
	return (
		<Section title="Orders" aside={waiting === undefined ? undefined : `${waiting} waiting for a node`} flush>
			{data === undefined ? (
				error === null ? (
					<Skeleton rows={5} label="Orders" />
				) : (
					<ReadFailed error={error} what="The list of orders" />
				)
			) : data.length === 0 ? (
				<EmptyState title="No order yet" action={<ButtonLink to="/new">Order a job</ButtonLink>}>
					The first one shows up here the moment it is posted.
				</EmptyState>
			) : (
				<ul className="divide-y divide-line">
					{data.map((order) => (
						<li key={order.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2.5">
							<div className="grid">
								<Link
									to="/orders/$orderId"
									params={{ orderId: order.id }}
									className="font-mono text-small text-accent underline underline-offset-2"
								>
									{order.id.slice(0, 12)}…{order.id.slice(-4)}
								</Link>
								<span className="text-small text-muted">
									class {order.class}, {order.jobs} {order.jobs === 1 ? "job" : "jobs"},{" "}
									{formatSpan(now - order.postedAt)} ago
								</span>
							</div>
							<div className="grid sm:justify-items-end">
								<span className="figures">{amount(order.jobEscrow)} a job</span>
								<span className="text-small text-muted">{standing(order)}</span>
							</div>
						</li>
					))}
				</ul>
			)}
		</Section>
	);
}

type Counts = { unclaimed: number; running: number; submitted: number; paid: number; voided: number; closed: boolean };

function standing({ unclaimed, running, submitted, paid, voided, closed }: Counts): string {
	const parts: [number, string][] = [
		[closed ? 0 : unclaimed, "waiting"],
		[running, "running"],
		[submitted, "to check"],
		[paid, "paid"],
		[voided + (closed ? unclaimed : 0), "not run"],
	];
	return parts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(", ");
}
