import { useQueryClient } from "@tanstack/react-query";
import { closeOrder, getOrder } from "depin/actions";
import { SignButton } from "../wallet/SignButton.tsx";
import { useWallet } from "../wallet/wallet.ts";
import type { OrderView } from "./orderView.ts";

/** Takes back what no node has claimed. */
export function CancelOrder({ view: { orderId, terms, jobs, closed } }: { view: OrderView }) {
	const wallet = useWallet();
	const queries = useQueryClient();
	const waiting = jobs.filter(({ state }) => state === "open").length;
	if (closed || waiting === 0 || wallet?.address.toLowerCase() !== terms.consumer.toLowerCase()) return null;
	return (
		<SignButton
			label={jobs.length === 1 ? "Cancel" : `Cancel the ${waiting} waiting`}
			tone="danger"
			done="Cancelled: the money is back on your balance."
			sign={async (market, onSent) => {
				const { order } = await getOrder(market, { orderId });
				await closeOrder(market, { order, onSent });
				await queries.invalidateQueries({ queryKey: ["chain"] });
			}}
		/>
	);
}
