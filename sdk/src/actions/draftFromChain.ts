import type { Address } from "viem";
import { isLocalChain, type MarketClient } from "../chain/client.ts";
import { type DraftOrderParameters, draftOrder } from "../chain/draft.ts";
import type { Order } from "../chain/terms.ts";
import { explainChainError } from "../errors/revert.ts";
import { SpecInvalidError } from "../jobs/errors.ts";
import { type OrderSection, orderChoices } from "../jobs/orderSection.ts";
import { getClass } from "./getClass.ts";
import { getConfig } from "./getConfig.ts";
import { getParams } from "./getParams.ts";

/** Of the Market: a run may last so long, per task and in all; seconds. */
const MAX_RUN_PER_TASK = 86_400;
const MAX_RUN = 7 * 86_400;

export type DraftFromChainParameters = {
	/** The job file's `order` section. */
	section: OrderSection;
	work: DraftOrderParameters["work"];
	consumer: Address;
	/** Of the asset. */
	decimals: number;
};
export type DraftFromChainReturnType = { order: Order; active: number };

/**
 * The terms of an order as the chain would take them now, and how many nodes are active in its class.
 *
 * @throws {SpecInvalidError} names the field that this Market does not take.
 */
export async function draftFromChain(
	client: MarketClient,
	{ section, work, consumer, decimals }: DraftFromChainParameters,
): Promise<DraftFromChainReturnType> {
	const choices = orderChoices(section, decimals);
	const [params, config, { active, minStake }, block] = await Promise.all([
		getParams(client),
		getConfig(client),
		getClass(client, { class: choices.class }),
		client.getBlock().catch((error: unknown) => {
			throw explainChainError(error, "reading the latest block");
		}),
	]);
	if (minStake === 0n)
		refuse("order.class", `is ${choices.class}, which does not exist on this Market; the local network has class 1`);
	// Play money may be settled as soon as the Market allows; elsewhere the draft's default outlasts an outage.
	const local = isLocalChain(client.deployment.chainId);
	const challengeFor = choices.challengeFor ?? (local ? config.challengeFloor : undefined);
	const drafted = { consumer, work, params, now: Number(block.timestamp) };
	const order = draftOrder({ ...drafted, choices: { ...choices, challengeFor } });
	const most = Math.min(MAX_RUN, MAX_RUN_PER_TASK * order.tasksPerLot);
	if (order.maxRun > most)
		refuse(
			"timeout",
			`of ${work.timeout} s for each of ${order.tasksPerLot} task(s) a job takes too long: with the margin a job may last ${most} s`,
		);
	return { order, active };
}

function refuse(field: string, problem: string): never {
	throw new SpecInvalidError("The job file", [{ field, problem }]);
}
