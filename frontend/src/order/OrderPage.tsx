import { getRouteApi } from "@tanstack/react-router";
import { isOrderId, OrderNotFoundError } from "depin";
import { formatSpan, formatTime, useAmount } from "../app/format.ts";
import { ReadFailed } from "../app/ReadFailed.tsx";
import { ButtonLink } from "../design/ButtonLink.tsx";
import { EmptyState } from "../design/EmptyState.tsx";
import { Facts } from "../design/Facts.tsx";
import { Hash } from "../design/Hash.tsx";
import { Notice } from "../design/Notice.tsx";
import { Page } from "../design/Page.tsx";
import { Section } from "../design/Section.tsx";
import { Skeleton } from "../design/Skeleton.tsx";
import { CancelOrder } from "./CancelOrder.tsx";
import { JobList } from "./JobList.tsx";
import { JobPanel } from "./JobPanel.tsx";
import type { OrderView } from "./orderView.ts";
import { useOrder } from "./useOrder.ts";

const route = getRouteApi("/orders/$orderId");

export function OrderPage() {
	const { orderId } = route.useParams();
	return isOrderId(orderId) ? (
		<Order key={orderId} orderId={orderId} />
	) : (
		<EmptyState title="This is not an order's id" action={<ButtonLink to="/">To the market</ButtonLink>}>
			An id is 0x and 64 hex digits; it may have been cut short.
		</EmptyState>
	);
}

function Order({ orderId }: { orderId: `0x${string}` }) {
	const { job: asked = 0 } = route.useSearch();
	const { view, error, isPending, gone } = useOrder(orderId);
	const vanished = error instanceof OrderNotFoundError;
	const job = Math.min(asked, Math.max(0, (view?.jobs.length ?? 1) - 1));
	return (
		<Page
			title={`Order ${orderId.slice(0, 10)}…`}
			lead={<Hash value={orderId} />}
			actions={<OrderActions view={view} />}
		>
			{gone > 0 && (
				<Notice tone="warn" title="The chain took a step back">
					{gone} {gone === 1 ? "event" : "events"} this page had shown {gone === 1 ? "is" : "are"} no longer part of it.
					What stands below is what the chain says now.
				</Notice>
			)}
			{view !== undefined && vanished && (
				<Notice tone="bad" title="The chain no longer has this order">
					It took back the block that held it. If it does not come back within a minute, post it again: its money never
					left you.
				</Notice>
			)}
			{view !== undefined && error !== null && !vanished && (
				<Notice tone="warn" title="The chain's endpoint does not answer">
					{view.source === "indexer" ? "This is the indexer's copy" : "This is what the chain said last"}; nothing can
					be signed until the endpoint is back. It is asked again every second.
				</Notice>
			)}
			{view === undefined ? (
				isPending ? (
					<Section title="Order" flush>
						<Skeleton rows={10} label="Order" />
					</Section>
				) : (
					<ReadFailed error={error} what="The order" />
				)
			) : (
				<div className="grid items-start gap-5 lg:grid-cols-[1fr_19rem]">
					<div className="grid min-w-0 gap-5">
						{view.jobs.length > 1 && <JobList view={view} selected={job} />}
						<JobPanel key={job} view={view} number={job} />
					</div>
					<Terms view={view} />
				</div>
			)}
		</Page>
	);
}

function OrderActions({ view }: { view: OrderView | undefined }) {
	if (view === undefined) return null;
	return (
		<>
			<CancelOrder view={view} />
			<ButtonLink to="/new" search={{ from: view.orderId }}>
				Order it again
			</ButtonLink>
		</>
	);
}

function Terms({ view: { terms, postedAt } }: { view: OrderView }) {
	const amount = useAmount();
	const { consumer, class: index, lots, tasksPerLot, metered, startPrice, maxPrice, maxRun, challengeFor } = terms;
	const unit = metered ? "a second" : "a job";
	const price = startPrice === maxPrice ? amount(maxPrice) : `${amount(startPrice)} to ${amount(maxPrice)}`;
	return (
		<Section title="Terms">
			<Facts
				of={[
					["Consumer", <Hash key="consumer" value={consumer} kind="address" />],
					["Price", `${price} ${unit}`],
					["Class", index],
					["Jobs", `${lots}${tasksPerLot > 1 ? `, ${tasksPerLot} tasks each` : ""}`],
					["May run", formatSpan(maxRun)],
					["Settles itself", `${formatSpan(challengeFor)} after a result`],
					["Posted", formatTime(postedAt)],
				]}
			/>
		</Section>
	);
}
