import { useQuery, useQueryClient } from "@tanstack/react-query";
import { taskRange } from "depin";
import { appraiseChallenge, challengeResult, getClass, getPanelConfig, getReceipt } from "depin/actions";
import { leafProof } from "depin/jobs";
import { useState } from "react";
import { explain } from "../app/explain.ts";
import { formatTime, useAmount } from "../app/format.ts";
import { useNow } from "../app/useNow.ts";
import { useMarket } from "../chain/market.ts";
import { Facts } from "../design/Facts.tsx";
import { Field } from "../design/Field.tsx";
import { Notice } from "../design/Notice.tsx";
import { SignButton } from "../wallet/SignButton.tsx";
import type { Verified } from "./useVerified.ts";

/** For somebody who doubts a result: what it costs, what happens then, one signature. */
export function Challenge({ verified }: { verified: Verified }) {
	const { facts } = verified;
	const now = useNow(1_000);
	const until = facts.submitted.at + facts.order.challengeFor;
	if (now >= until) return null;
	return (
		<details open={!verified.ok}>
			<summary className="py-1 text-accent">Doubt this result</summary>
			<div className="grid gap-4 pt-2">
				<p>
					Jurors drawn by lot from other owners' nodes run one task again, each by itself, and seal their votes before
					any is opened. Nobody is paid meanwhile. If two thirds find the result wrong, the node loses its stake: your
					bond comes back with a part of it, and the consumer is refunded.
				</p>
				<Form verified={verified} until={until} />
			</div>
		</details>
	);
}

function Form({ verified, until }: { verified: Verified; until: number }) {
	const { facts, bundle, checks, statement } = verified;
	const { order, orderId, job } = facts;
	const { from, to } = taskRange(order, job);
	const [text, write] = useState(String(from));
	const amount = useAmount();
	const queries = useQueryClient();
	const { terms, error } = useTerms(verified);
	const index = /^\d+$/.test(text) ? Number(text) : Number.NaN;
	const named = index >= from && index < to;
	if (bundle === undefined)
		return <Notice title="No task can be named">The manifest, which lists the tasks, cannot be read now.</Notice>;
	if (error !== null) return <Notice title={explain(error).title}>{explain(error).hint}</Notice>;
	if (terms?.enough === false)
		return (
			<Notice tone="warn" title="There are too few jurors for a challenge">
				The class has active nodes of {terms.owners} {terms.owners === 1 ? "owner" : "owners"}; a panel is drawn from{" "}
				{terms.minOwners}. Do not accept what you doubt, and order from a larger class, or with replicas.
			</Notice>
		);
	return (
		<div className="grid gap-4">
			{to - from > 1 && (
				<Field
					label="Which task"
					inputMode="numeric"
					value={text}
					onChange={({ target }) => write(target.value)}
					hint={`${from} to ${to - 1}`}
					error={named ? undefined : `must be one of ${from} to ${to - 1}`}
				/>
			)}
			<Facts
				of={[
					["Bond", terms === undefined ? "–" : amount(terms.bond)],
					["Most you can lose", <strong key="most">{terms === undefined ? "–" : amount(terms.bond)}</strong>],
					["Possible until", formatTime(until)],
				]}
			/>
			<SignButton
				label={terms === undefined ? "Challenge" : `Challenge with ${amount(terms.bond)}`}
				tone="danger"
				done="Challenged: jurors are being drawn."
				disabled={terms === undefined || !named}
				sign={async (market, onSent) => {
					const { receipt, result } = await getReceipt(market, { orderId, job });
					// A statement that does not give the result's root proves nothing about a task.
					const vouched = checks.every(({ name, ok }) => ok || (name !== "result-root" && name !== "statement-tasks"));
					const tasks = vouched ? statement?.predicate.runDetails.depin.tasks : undefined;
					const proof = leafProof({ order, job, index, bundle, result, tasks });
					await challengeResult(market, { order, receipt, result, proof, onSent });
					await queries.invalidateQueries({ queryKey: ["chain"] });
				}}
			/>
		</div>
	);
}

/** What challenging takes, and whether anybody could decide it. */
function useTerms({ facts: { order } }: Verified) {
	const market = useMarket();
	const { data, error } = useQuery({
		queryKey: ["chain", "challenge", order.class, order.arbiter, String(order.maxPrice), order.maxRun],
		retry: false,
		async queryFn() {
			const { arbiter, bond } = await appraiseChallenge(market, { order });
			const [{ owners }, { minOwners }] = await Promise.all([
				getClass(market, { class: order.class }),
				getPanelConfig(market, { arbiter }),
			]);
			return { bond, owners, minOwners, enough: owners >= minOwners };
		},
	});
	return { terms: data, error };
}
