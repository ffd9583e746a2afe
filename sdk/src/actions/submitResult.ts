import type { MarketClient } from "../chain/client.ts";
import { packResult, type Result } from "../chain/result.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type SubmitResultParameters = WriteOptions & {
	order: Order;
	job: number;
	result: Result;
};
export type SubmitResultReturnType = WriteReturnType;

/**
 * Submits what a running job came to; the client's account is the node that claimed it.
 *
 * @example
 * await submitResult(client, { order, job: 0, result });
 */
export async function submitResult(
	client: MarketClient,
	parameters: SubmitResultParameters,
): Promise<SubmitResultReturnType> {
	const { order, job, result, ...options } = parameters;
	return writeMarket(client, "submit", [packTerms(order), job, packResult(result)], options);
}
