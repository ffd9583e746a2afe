import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Heartbeat, IndexedNode } from "depin/indexer";
import { formatSpan, formatTime, useAmount } from "../app/format.ts";
import { lastHeartbeat } from "../app/lastHeartbeat.ts";
import { ReadFailed } from "../app/ReadFailed.tsx";
import { useSite } from "../app/site.ts";
import { useNow } from "../app/useNow.ts";
import { Badge } from "../design/Badge.tsx";
import { EmptyState } from "../design/EmptyState.tsx";
import { Facts } from "../design/Facts.tsx";
import { Hash } from "../design/Hash.tsx";
import { Page } from "../design/Page.tsx";
import { Section } from "../design/Section.tsx";
import { Skeleton } from "../design/Skeleton.tsx";

const route = getRouteApi("/nodes/$address");
const AGAIN_MS = 10_000;

export function NodePage() {
	const { address } = route.useParams();
	const { indexer, gateway } = useSite();
	const node = useQuery({ queryKey: ["indexer", "node", address], queryFn: () => indexer.node(address) });
	const live = useQuery({
		queryKey: ["heartbeat", address],
		queryFn: () => lastHeartbeat(gateway, address),
		refetchInterval: AGAIN_MS,
	});
	return (
		<Page title={`Node ${address.slice(0, 8)}…`} lead={<Hash value={address} />}>
			{node.data === undefined ? (
				node.error === null ? (
					<Section title="Standing" flush>
						<Skeleton rows={8} label="Node" />
					</Section>
				) : (
					<ReadFailed error={node.error} what="The node" />
				)
			) : (
				<div className="grid items-start gap-5 md:grid-cols-2">
					<Standing node={node.data} />
					<Says heartbeat={live.data?.heartbeat} asking={live.isPending} />
				</div>
			)}
			<Jobs node={address} />
		</Page>
	);
}

function Standing({ node }: { node: IndexedNode }) {
	const amount = useAmount();
	const tone = node.status === "active" ? "good" : node.status === "jailed" ? "bad" : "warn";
	return (
		<Section title="On chain" aside={<Badge tone={tone}>{node.status}</Badge>}>
			<Facts
				of={[
					["Owner", <Hash key="owner" value={node.owner} kind="address" />],
					["Class", node.class],
					["Stake", amount(node.stake)],
					["Of it locked", `${amount(node.locked)} in ${node.open} of at most ${node.maxOpen} jobs`],
					["Earned", amount(node.earned)],
					["Slashed", amount(node.slashed)],
					["Jobs paid", `${node.jobsOk} ok, ${node.jobsFailed} failed truthfully`],
					["Jobs lost", `${node.jobsReopened} handed back, ${node.jobsExpired} fallen silent`],
					["Since", formatTime(node.registeredTime)],
				]}
			/>
		</Section>
	);
}

function Says({ heartbeat, asking }: { heartbeat: Heartbeat | undefined; asking: boolean }) {
	const amount = useAmount();
	const now = useNow(1_000);
	if (heartbeat === undefined)
		return (
			<Section title="Says of itself" flush>
				{asking ? (
					<Skeleton rows={6} label="Heartbeat" />
				) : (
					<EmptyState title="Nothing within the last 45 s">
						It may be off, or cut off. Jobs it holds are handed on when their deadline passes.
					</EmptyState>
				)}
			</Section>
		);
	const { free, total, price, tiers, warm, sentAt, draining } = heartbeat;
	const share = (name: "cpus" | "memoryMiB" | "gpus" | "diskMiB" | "slots") => `${free[name]} of ${total[name]}`;
	return (
		<Section title="Says of itself" aside={`${formatSpan(now - sentAt / 1000)} ago${draining ? ", draining" : ""}`}>
			<Facts
				of={[
					["Least price", `${amount(BigInt(price.min))} a job, ${amount(BigInt(price.minPerSecond))} a second`],
					["Isolation", tiers.join(", ")],
					["Free slots", share("slots")],
					["Free CPUs", share("cpus")],
					["Free memory", `${share("memoryMiB")} MiB`],
					["Free disk", `${share("diskMiB")} MiB`],
					["Free GPUs", share("gpus")],
					["Holds already", `${warm.images.length} images, ${warm.contents.length} inputs`],
				]}
			/>
		</Section>
	);
}

function Jobs({ node }: { node: string }) {
	const { indexer } = useSite();
	const amount = useAmount();
	const { data, error } = useQuery({
		queryKey: ["indexer", "jobs", node],
		queryFn: async () => (await indexer.jobs({ node, limit: 20 })).items,
	});
	return (
		<Section title="Last jobs" flush>
			{data === undefined ? (
				error === null ? (
					<Skeleton rows={4} label="Jobs" />
				) : (
					<ReadFailed error={error} what="Its jobs" />
				)
			) : data.length === 0 ? (
				<EmptyState title="It has run no job yet" />
			) : (
				<table className="records">
					<thead>
						<tr>
							<th scope="col">Job</th>
							<th scope="col">Claimed</th>
							<th scope="col">State</th>
							<th scope="col" className="end">
								Pay
							</th>
						</tr>
					</thead>
					<tbody>
						{data.map(({ orderId, number, claimedAt, state, pay }) => (
							<tr key={`${orderId}/${number}`}>
								<td data-label="Job">
									<Link
										to="/orders/$orderId"
										params={{ orderId }}
										search={{ job: number }}
										className="font-mono text-small text-accent underline underline-offset-2"
									>
										{orderId.slice(0, 10)}…/{number}
									</Link>
								</td>
								<td data-label="Claimed">{claimedAt === null ? "–" : formatTime(claimedAt)}</td>
								<td data-label="State">{state}</td>
								<td data-label="Pay" className="end figures">
									{pay === null ? "–" : amount(pay)}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			)}
		</Section>
	);
}
