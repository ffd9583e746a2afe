import { Link } from "@tanstack/react-router";
import { formatSpan, useAmount } from "../app/format.ts";
import { ReadFailed } from "../app/ReadFailed.tsx";
import { useNow } from "../app/useNow.ts";
import { Badge } from "../design/Badge.tsx";
import { EmptyState } from "../design/EmptyState.tsx";
import { Section } from "../design/Section.tsx";
import { Skeleton } from "../design/Skeleton.tsx";
import { type LiveNode, useLiveNodes } from "./liveNodes.ts";

export function Nodes() {
	const { live, isPending, error } = useLiveNodes();
	const heard = live.filter((one) => one.heard === "yes").length;
	return (
		<Section title="Nodes" aside={isPending ? undefined : `${heard} of ${live.length} heard of within 45 s`} flush>
			{error !== null && live.length === 0 ? (
				<ReadFailed error={error} what="The list of nodes" />
			) : isPending ? (
				<Skeleton rows={4} label="Nodes" />
			) : live.length === 0 ? (
				<EmptyState title="No node is active">
					Orders can be posted and wait; a provider joins with <code>depin-worker init</code>.
				</EmptyState>
			) : (
				<NodeTable live={live} />
			)}
		</Section>
	);
}

function NodeTable({ live }: { live: readonly LiveNode[] }) {
	const now = useNow(1_000);
	return (
		<table className="records">
			<thead>
				<tr>
					<th scope="col">Node</th>
					<th scope="col">Class</th>
					<th scope="col">Last seen</th>
					<th scope="col">Isolation</th>
					<th scope="col">Free now</th>
					<th scope="col" className="end">
						Least price
					</th>
					<th scope="col" className="end">
						Jobs paid
					</th>
				</tr>
			</thead>
			<tbody>
				{live.map((one) => (
					<NodeRow key={one.node.address} of={one} now={now} />
				))}
			</tbody>
		</table>
	);
}

function NodeRow({ of: { node, heartbeat, heard }, now }: { of: LiveNode; now: number }) {
	const amount = useAmount();
	const free = heartbeat?.free;
	return (
		<tr>
			<td data-label="Node">
				<Link
					to="/nodes/$address"
					params={{ address: node.address }}
					className="font-mono text-small text-accent underline underline-offset-2"
				>
					{node.address.slice(0, 8)}…{node.address.slice(-4)}
				</Link>
			</td>
			<td data-label="Class">{node.class}</td>
			<td data-label="Last seen">
				{heartbeat === undefined ? (
					<Badge tone={heard === "asking" ? "neutral" : "warn"}>{heard === "asking" ? "asking" : "silent"}</Badge>
				) : heartbeat.draining ? (
					<Badge tone="warn">draining</Badge>
				) : (
					<Badge tone="good">{formatSpan(now - heartbeat.sentAt / 1000)} ago</Badge>
				)}
			</td>
			<td data-label="Isolation">{heartbeat?.tiers.join(", ") ?? "–"}</td>
			<td data-label="Free now" className="figures">
				{free === undefined
					? "–"
					: `${free.cpus} CPU, ${Math.round(free.memoryMiB / 1024)} GiB${free.gpus > 0 ? `, ${free.gpus} GPU` : ""}`}
			</td>
			<td data-label="Least price" className="end figures">
				{heartbeat === undefined
					? "–"
					: heartbeat.price.min === "0"
						? "any"
						: `${amount(BigInt(heartbeat.price.min))} a job`}
			</td>
			<td data-label="Jobs paid" className="end figures">
				{node.jobsOk + node.jobsFailed}
			</td>
		</tr>
	);
}
