import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { JobRef } from "depin";
import { appealDispute, appraiseChallenge, getClass, getOrder, getPanelConfig, getReceipt } from "depin/actions";
import type { Hex } from "viem";
import { formatTime, useAmount } from "../app/format.ts";
import { useMarket } from "../chain/market.ts";
import { Facts } from "../design/Facts.tsx";
import { Notice } from "../design/Notice.tsx";
import { SignButton } from "../wallet/SignButton.tsx";

/** For somebody whom the first jurors' answer does not convince, while it may be appealed: what it costs, one signature. */
export function Appeal({ of, dispute, until }: { of: JobRef; dispute: Hex; until: number }) {
	const market = useMarket();
	const amount = useAmount();
	const queries = useQueryClient();
	const { data: terms } = useQuery({
		queryKey: ["chain", "appeal", dispute],
		async queryFn() {
			const { order } = await getOrder(market, of);
			const { arbiter, appealBond } = await appraiseChallenge(market, { order });
			const [{ owners }, { minAppealOwners }] = await Promise.all([
				getClass(market, { class: order.class }),
				getPanelConfig(market, { arbiter }),
			]);
			return { order, bond: appealBond, owners, minAppealOwners };
		},
	});
	if (terms !== undefined && terms.owners < terms.minAppealOwners)
		return (
			<Notice tone="warn" title="There are too few jurors for an appeal">
				The class has active nodes of {terms.owners} owners; seven jurors are drawn from {terms.minAppealOwners}. What
				the first ones said stands.
			</Notice>
		);
	const bond = terms === undefined ? "–" : amount(terms.bond);
	return (
		<div className="grid gap-4">
			<p>
				This is final unless somebody appeals: seven other jurors run the task again, and what they say stands. The bond
				comes back if they say otherwise than the first, and pays them if not.
			</p>
			<Facts
				of={[
					["Bond", bond],
					["Possible until", formatTime(until)],
				]}
			/>
			<SignButton
				label={terms === undefined ? "Appeal" : `Appeal with ${bond}`}
				tone="danger"
				done="Appealed: seven jurors are being drawn."
				disabled={terms === undefined}
				sign={async (signing, onSent) => {
					if (terms === undefined) return;
					const { receipt } = await getReceipt(signing, of);
					await appealDispute(signing, { order: terms.order, receipt, dispute, onSent });
					await queries.invalidateQueries({ queryKey: ["chain"] });
				}}
			/>
		</div>
	);
}
