import { Link } from "@tanstack/react-router";
import { formatSpan, useAmount } from "../app/format.ts";
import { useNow } from "../app/useNow.ts";
import { Badge } from "../design/Badge.tsx";
import { Facts } from "../design/Facts.tsx";
import { Section } from "../design/Section.tsx";
import { Tabs } from "../design/Tabs.tsx";
import { Accept } from "./Accept.tsx";
import { Challenge } from "./Challenge.tsx";
import { Disputes } from "./Disputes.tsx";
import { disputesIn } from "./disputes.ts";
import { LiveLogs } from "./LiveLogs.tsx";
import { Logs } from "./Logs.tsx";
import { entriesOf, type JobView, type OrderView } from "./orderView.ts";
import { Results } from "./Results.tsx";
import { Timeline } from "./Timeline.tsx";
import { useVerified } from "./useVerified.ts";
import { Verify } from "./Verify.tsx";
import { stateOf } from "./words.ts";

/** One job: where it stands, what happened, what it left, and whether that holds. */
export function JobPanel({ view, number }: { view: OrderView; number: number }) {
	const job = view.jobs[number];
	const entries = entriesOf(view, number);
	const submitted = entries.some(({ name }) => name === "Submitted");
	const verified = useVerified({ orderId: view.orderId, job: number });
	const disputes = disputesIn(entries);
	const disputed = disputes.some(({ verdict }) => verdict === undefined);
	if (job === undefined) return null;
	const { word, tone, means } = stateOf(job);
	return (
		<>
			<Section
				title={view.jobs.length > 1 ? `Job ${number}` : "Job"}
				aside={
					<span role="status">
						<Badge tone={tone}>{word}</Badge>
					</span>
				}
			>
				<div className="grid gap-4">
					<p>{means}</p>
					<JobFacts job={job} />
					{submitted && <Verify state={verified} />}
					{disputed ? (
						<p className="text-muted">It is doubted: nobody is paid before the verdict.</p>
					) : (
						submitted && <Accept view={view} job={job} verified={verified} />
					)}
					{isDoubtable(job) && verified.data !== undefined && <Challenge verified={verified.data} />}
				</div>
			</Section>
			{job.node !== undefined && (
				<LiveLogs
					key={job.node}
					of={{ orderId: view.orderId, job: number }}
					node={job.node}
					running={job.state === "running"}
					consumer={view.terms.consumer}
				/>
			)}
			<Disputes of={{ orderId: view.orderId, job: number }} disputes={disputes} />
			<Section title="Timeline" flush>
				<Timeline entries={entries} statement={verified.data?.statement} />
			</Section>
			{verified.data !== undefined && (
				<Tabs
					label="What the job left"
					tabs={[
						{ name: "results", label: "Results", content: <Results files={verified.data.files} /> },
						{ name: "logs", label: "Logs", content: <Logs logs={verified.data.logs} /> },
					]}
				/>
			)}
		</>
	);
}

/** Several may doubt one result, each another task. */
const isDoubtable = ({ state }: JobView) => state === "submitted-ok" || state === "submitted-fail";

function JobFacts({ job: { node, deadline, state, pay, fee, refund } }: { job: JobView }) {
	const amount = useAmount();
	const now = useNow(1_000);
	const left = deadline === undefined || state !== "running" ? undefined : deadline - now;
	if (node === undefined) return null;
	return (
		<Facts
			of={[
				[
					"Node",
					<Link
						key="node"
						to="/nodes/$address"
						params={{ address: node }}
						className="font-mono text-small text-accent underline underline-offset-2"
					>
						{node.slice(0, 10)}…{node.slice(-4)}
					</Link>,
				],
				["Has left", left === undefined ? undefined : left > 0 ? formatSpan(left) : "nothing; anybody may end it now"],
				["Pay", pay === undefined ? undefined : amount(pay)],
				["Fee", fee === undefined ? undefined : `${amount(fee)} of it`],
				["Came back", refund === undefined ? undefined : amount(refund)],
			]}
		/>
	);
}
