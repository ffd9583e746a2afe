import type { Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import type { Receipt } from "../chain/result.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { appraiseChallenge } from "./appraiseChallenge.ts";
import { writeFunded } from "./funding.ts";
import { encodeMarketCall, type WriteOptions, type WriteReturnType } from "./write.ts";

export type AppealDisputeParameters = WriteOptions & { order: Order; receipt: Receipt; dispute: Hex };
export type AppealDisputeReturnType = WriteReturnType & {
	/** Base units set aside out of the caller's free balance. */
	bond: bigint;
};

/**
 * Asks for a panel of seven after the first one's votes, within its time for appeals. Its verdict is final; the bond
 * comes back if it is another one. One transaction: permit and deposit of just what the balance lacks of the bond, appeal.
 *
 * @example
 * const { bond } = await appealDispute(client, { order, receipt, dispute });
 */
export async function appealDispute(
	client: MarketClient,
	parameters: AppealDisputeParameters,
): Promise<AppealDisputeReturnType> {
	const { order, receipt, dispute, ...options } = parameters;
	const { appealBond: needed } = await appraiseChallenge(client, { order });
	const call = encodeMarketCall("appeal", [packTerms(order), receipt, dispute]);
	const done = await writeFunded(client, { needed, call, options });
	const appealed = done.events.find((event) => event.eventName === "Appealed");
	return { ...done, bond: appealed?.eventName === "Appealed" ? appealed.args.bond : 0n };
}
