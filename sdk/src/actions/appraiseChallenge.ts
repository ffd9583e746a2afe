import { type Address, isAddressEqual, zeroAddress } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { getConfig } from "./getConfig.ts";
import { readPanel } from "./readPanel.ts";

export type AppraiseChallengeParameters = { order: Order };
export type AppraiseChallengeReturnType = {
	/** Who would decide. */
	arbiter: Address;
	/** What a challenger, and who appeals, must put aside; base units. */
	bond: bigint;
	appealBond: bigint;
};

/**
 * What challenging a task of this order takes.
 *
 * @example
 * const { bond } = await appraiseChallenge(client, { order });
 */
export async function appraiseChallenge(
	client: MarketClient,
	{ order }: AppraiseChallengeParameters,
): Promise<AppraiseChallengeReturnType> {
	const named = !isAddressEqual(order.arbiter, zeroAddress);
	const arbiter = named ? order.arbiter : (await getConfig(client)).arbiter;
	const [bond, appealBond] = await Promise.all([
		readPanel(client, arbiter, "bondFor", [packTerms(order)]),
		readPanel(client, arbiter, "appealBondFor", [packTerms(order)]),
	]);
	return { arbiter, bond, appealBond };
}
