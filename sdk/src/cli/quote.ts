import { type Address, zeroAddress } from "viem";
import { draftFromChain } from "../actions/draftFromChain.ts";
import { missingFunds } from "../actions/funding.ts";
import { getNode } from "../actions/getNode.ts";
import type { DraftOrderParameters } from "../chain/draft.ts";
import { orderEscrow } from "../chain/pricing.ts";
import { jobCount, type Order } from "../chain/terms.ts";
import type { JobFile } from "../jobs/jobFile.ts";
import type { Session } from "./session.ts";
import { formatSpan } from "./words.ts";

/** The terms of an order and what they mean for the consumer's money. */
export type Quote = {
	order: Order;
	consumer: Address;
	/** Held when posted, and the most the consumer can lose; base units. */
	escrow: bigint;
	/** Of it, what must come from the wallet now. */
	deposit: bigint;
	/** Nodes that could claim it. */
	activeNodes: number;
	/** Why nobody might claim it, before anything is paid. */
	warnings: string[];
};

/**
 * Drafts the order and checks that the account can pay it, from the chain as it is now. `work` may still be a stand-in:
 * then the quote tells the price before anything is built or uploaded.
 */
export async function quoteOrder(
	session: Session,
	file: Pick<JobFile, "order">,
	work: DraftOrderParameters["work"],
): Promise<Quote> {
	const consumer = session.signer();
	const { order, active } = await draftFromChain(session.client, {
		section: file.order,
		work,
		consumer,
		decimals: session.asset.decimals,
	});
	const escrow = orderEscrow(order);
	const deposit = await missingFunds(session.client, { account: consumer, needed: escrow });
	const warnings = await whyNobody(session, order, active);
	return { order, consumer, escrow, deposit, activeNodes: active, warnings };
}

async function whyNobody({ client }: Session, { node, class: index, rampFor }: Order, active: number) {
	if (node === zeroAddress) return active > 0 ? [] : [`no node is active in class ${index}: nobody can claim it now`];
	const named = await getNode(client, { node });
	if (named.status === "active" && named.class === index) return [];
	const then = rampFor === 0 ? "nobody else may claim it either" : `others may from ${formatSpan(rampFor)} on`;
	return [`node ${node} is not active in class ${index} and cannot claim it; ${then}`];
}

/** The quote as a person reads it before signing. */
export function quoteLines({ amount }: Session, { order, escrow, deposit, activeNodes }: Quote): string[] {
	const unit = order.metered ? " a second" : " a job";
	const climbs = order.startPrice !== order.maxPrice && order.rampFor > 0;
	const price = climbs
		? `${amount(order.startPrice)} to ${amount(order.maxPrice)}${unit}, climbing for ${formatSpan(order.rampFor)}`
		: `${amount(order.maxPrice)}${unit}`;
	return [
		`price      ${price}, ${jobCount(order)} job(s) of ${order.tasksPerLot} task(s) in class ${order.class}`,
		`at most    ${amount(escrow)}: held when posted, and the most you can lose`,
		`from you   ${amount(deposit)} now from the wallet, the rest from your balance on the Market`,
		`nodes      ${activeNodes} active in class ${order.class}; claims for ${formatSpan(order.openFor)}, then anybody may refund you`,
	];
}
