import { type Address, zeroAddress } from "viem";
import { missingFunds } from "../actions/funding.ts";
import { getClass } from "../actions/getClass.ts";
import { getConfig } from "../actions/getConfig.ts";
import { getNode } from "../actions/getNode.ts";
import { getParams } from "../actions/getParams.ts";
import { type DraftOrderParameters, draftOrder } from "../chain/draft.ts";
import { orderEscrow } from "../chain/pricing.ts";
import { jobCount, type Order } from "../chain/terms.ts";
import { explainChainError } from "../errors/revert.ts";
import type { JobFile } from "../jobs/jobFile.ts";
import { orderChoices } from "../jobs/orderSection.ts";
import { UsageError } from "./errors.ts";
import { isLocalChain } from "./profile.ts";
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

/** Of the Market: a run may last so long, per task and in all. */
const MAX_RUN_PER_TASK = 86_400;
const MAX_RUN = 7 * 86_400;

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
	const { order, active } = await draftFromChain(session, file, work, consumer);
	const escrow = orderEscrow(order);
	const deposit = await missingFunds(session.client, { account: consumer, needed: escrow });
	const warnings = await whyNobody(session, order, active);
	return { order, consumer, escrow, deposit, activeNodes: active, warnings };
}

/** The terms as the chain would take them now, and how many nodes are active in their class. */
export async function draftFromChain(
	{ client, profile, asset }: Session,
	{ order: section }: Pick<JobFile, "order">,
	work: DraftOrderParameters["work"],
	consumer: Address,
): Promise<{ order: Order; active: number }> {
	const choices = orderChoices(section, asset.decimals);
	const [params, config, { active, minStake }, block] = await Promise.all([
		getParams(client),
		getConfig(client),
		getClass(client, { class: choices.class }),
		client.getBlock().catch((error: unknown) => {
			throw explainChainError(error, "reading the latest block");
		}),
	]);
	if (minStake === 0n) {
		throw new UsageError(`class ${choices.class} does not exist on this Market`, {
			hint: "Write another order.class; the local network has class 1.",
		});
	}
	// Play money may be settled as soon as the Market allows; elsewhere the draft's default outlasts an outage.
	const challengeFor = choices.challengeFor ?? (isLocalChain(profile.chainId) ? config.challengeFloor : undefined);
	const drafted = { consumer, work, params, now: Number(block.timestamp) };
	const order = draftOrder({ ...drafted, choices: { ...choices, challengeFor } });
	checkRun(order, work.timeout);
	return { order, active };
}

async function whyNobody({ client }: Session, { node, class: index, rampFor }: Order, active: number) {
	if (node === zeroAddress) return active > 0 ? [] : [`no node is active in class ${index}: nobody can claim it now`];
	const named = await getNode(client, { node });
	if (named.status === "active" && named.class === index) return [];
	const then = rampFor === 0 ? "nobody else may claim it either" : `others may from ${formatSpan(rampFor)} on`;
	return [`node ${node} is not active in class ${index} and cannot claim it; ${then}`];
}

function checkRun({ maxRun, tasksPerLot }: Order, timeout: number): void {
	const most = Math.min(MAX_RUN, MAX_RUN_PER_TASK * tasksPerLot);
	if (maxRun <= most) return;
	throw new UsageError(`a job of ${tasksPerLot} task(s) with a timeout of ${timeout} s takes too long for the Market`, {
		hint: `Lower timeout or batch.tasksPerLot: with ${formatSpan(maxRun - timeout * tasksPerLot)} of margin a job may last ${formatSpan(most)}.`,
	});
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
