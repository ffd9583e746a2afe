import type { CheckName } from "depin/jobs";
import { explain } from "../app/explain.ts";
import { Button } from "../design/Button.tsx";
import { Notice } from "../design/Notice.tsx";
import type { VerifiedState } from "./useVerified.ts";

/** What each check asks, for somebody who has read nothing. */
const asks: Record<CheckName, string> = {
	"order-id": "Are these the terms that were posted?",
	claim: "Was it submitted by the node that claimed it?",
	manifest: "Is the work description the one in the terms?",
	"task-root": "Do its tasks add up to the root in the terms?",
	"result-digest": "Is the result the one the chain holds?",
	"statement-hash": "Is the statement the one the chain names?",
	"statement-signature": "Did this node sign the statement?",
	"statement-order": "Is the statement about this job?",
	"statement-tasks": "Does it cover exactly the ordered tasks?",
	"statement-spec": "Did it run the ordered image and inputs, isolated as asked?",
	"result-root": "Do the stated tasks add up to the result on chain?",
	outputs: "Are the fetched outputs those of the result?",
	"task-outputs": "Are each task's outputs those it stated?",
	subjects: "Does every file hash to what was stated?",
	logs: "Are the logs those that were stated?",
	outcome: "Do chain and statement agree how it ended?",
	reasons: "Does the stated reason fit the ending?",
	times: "Are the times possible and in order?",
	pay: "Is the pay what the terms give?",
};

/** Fetches everything, recomputes everything here, and shows every single check. */
export function Verify({ state }: { state: VerifiedState }) {
	const { data, error, isFetching, refetch } = state;
	if (data === undefined)
		return (
			<div className="grid gap-3">
				{error !== null && (
					<Notice tone="bad" title="The result could not be checked">
						{explain(error).title}. {explain(error).hint}
					</Notice>
				)}
				<div className="flex flex-wrap items-center gap-3">
					<Button tone="primary" onClick={() => refetch()} busy={isFetching}>
						{isFetching ? "Fetching and checking …" : "Verify in the browser"}
					</Button>
					<span className="text-small text-muted">
						Fetches statement, outputs and logs, and recomputes every hash and signature here.
					</span>
				</div>
			</div>
		);
	const failed = data.checks.filter(({ ok }) => !ok);
	return (
		<div className="grid gap-3">
			<Notice
				tone={data.ok ? "good" : "bad"}
				title={
					data.ok
						? `All ${data.checks.length} checks hold`
						: `${failed.length} of ${data.checks.length} checks do not hold`
				}
				action={
					<Button onClick={() => refetch()} busy={isFetching}>
						Check again
					</Button>
				}
			>
				{data.ok
					? `Recomputed here in ${(data.ms / 1000).toFixed(1)} s from the chain and the content alone.`
					: "Do not accept it before you know why. What failed stands first."}
			</Notice>
			<details open={!data.ok}>
				<summary className="py-1 text-accent">Every check</summary>
				<ul className="grid gap-1 pt-2">
					{[...failed, ...data.checks.filter(({ ok }) => ok)].map(({ name, ok, detail }) => (
						<li key={name} className="grid grid-cols-[1.25rem_1fr] gap-x-2">
							<span className={ok ? "text-good" : "text-bad"}>
								<span aria-hidden="true">{ok ? "✓" : "×"}</span>
								<span className="sr-only">{ok ? "Holds:" : "Does not hold:"}</span>
							</span>
							<span>
								{asks[name]} <span className="block font-mono text-small text-muted">{detail}</span>
							</span>
						</li>
					))}
				</ul>
			</details>
		</div>
	);
}
