import type { Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import type { Receipt } from "../chain/result.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type AppealDisputeParameters = WriteOptions & { order: Order; receipt: Receipt; dispute: Hex };
export type AppealDisputeReturnType = WriteReturnType & {
	/** Base units set aside out of the caller's free balance. */
	bond: bigint;
};

/**
 * Asks for a panel of seven after the first one's votes, within its time for appeals. Its verdict is final; the bond
 * comes back if it is another one.
 *
 * @example
 * const { bond } = await appealDispute(client, { order, receipt, dispute });
 */
export async function appealDispute(
	client: MarketClient,
	parameters: AppealDisputeParameters,
): Promise<AppealDisputeReturnType> {
	const { order, receipt, dispute, ...options } = parameters;
	const done = await writeMarket(client, "appeal", [packTerms(order), receipt, dispute], options);
	const appealed = done.events.find((event) => event.eventName === "Appealed");
	return { ...done, bond: appealed?.eventName === "Appealed" ? appealed.args.bond : 0n };
}
