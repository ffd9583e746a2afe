import type { MarketClient } from "../chain/client.ts";
import { NO_RESULT, packResult, type Receipt, type Result } from "../chain/result.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type AdvanceParameters = WriteOptions & {
	order: Order;
	/** Jobs to settle; default none. */
	receipts?: readonly Receipt[];
	/** One job to submit; default none. */
	submit?: { job: number; result: Result };
	/** One job to claim after that; default none. */
	claim?: number;
};
export type AdvanceReturnType = WriteReturnType;

/** Stands for "no job" where `advance` expects a number. */
const NO_JOB = 2 ** 32 - 1;

/**
 * Settles, submits and claims on jobs of one order in one transaction, for a node that works through an order.
 *
 * @example
 * await advance(client, { order, receipts: [receipt], submit: { job: 1, result }, claim: 2 });
 */
export async function advance(client: MarketClient, parameters: AdvanceParameters): Promise<AdvanceReturnType> {
	const { order, receipts = [], submit, claim = NO_JOB, ...options } = parameters;
	const result = submit ? packResult(submit.result) : NO_RESULT;
	const args = [packTerms(order), [...receipts], submit?.job ?? NO_JOB, result, claim] as const;
	return writeMarket(client, "advance", args, options);
}
