import { useQueryClient } from "@tanstack/react-query";
import { getOrder, getReceipt, settleJobs } from "depin/actions";
import { useAmount } from "../app/format.ts";
import { Notice } from "../design/Notice.tsx";
import { SignButton } from "../wallet/SignButton.tsx";
import { useWallet } from "../wallet/wallet.ts";
import type { JobView, OrderView } from "./orderView.ts";
import type { VerifiedState } from "./useVerified.ts";

type AcceptProps = { view: OrderView; job: JobView; verified: VerifiedState };

/** Pays for a result: the consumer's last word. Without it the window does, unless somebody challenges. */
export function Accept({ view, job: { job, state, pay }, verified: { data } }: AcceptProps) {
	const wallet = useWallet();
	const amount = useAmount();
	const queries = useQueryClient();
	if (state !== "submitted-ok" && state !== "submitted-fail") return null;
	const { orderId, terms } = view;
	if (wallet !== undefined && wallet.address.toLowerCase() !== terms.consumer.toLowerCase())
		return <p className="text-muted">Only its consumer can accept it before the window is over.</p>;
	return (
		<div className="grid gap-3">
			{data === undefined && <p className="text-small text-muted">Verify first: what is accepted is paid for good.</p>}
			{data?.ok === false && (
				<Notice tone="bad" title="Accepting pays for a result that does not hold">
					Leave it: you can challenge it until the window closes.
				</Notice>
			)}
			<SignButton
				label={pay === undefined ? "Accept and pay" : `Accept and pay ${amount(pay)}`}
				tone={data?.ok === true ? "primary" : "quiet"}
				done="Accepted: the node is paid."
				sign={async (market, onSent) => {
					const [{ order }, { receipt }] = await Promise.all([
						getOrder(market, { orderId }),
						getReceipt(market, { orderId, job }),
					]);
					await settleJobs(market, { order, receipts: [receipt], onSent });
					await queries.invalidateQueries({ queryKey: ["chain"] });
				}}
			/>
		</div>
	);
}
