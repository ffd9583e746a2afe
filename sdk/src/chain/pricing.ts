import type { Result } from "./result.ts";
import { resultStatus } from "./result.ts";
import { jobCount, type Order } from "./terms.ts";

type PriceTerms = Pick<Order, "metered" | "startPrice" | "maxPrice" | "rampFor" | "maxRun" | "failBps">;

/** What one job can cost at most, held from posting until the job ends; base units. */
export function jobEscrow(order: Pick<Order, "metered" | "maxPrice" | "maxRun">): bigint {
	return order.maxPrice * (order.metered ? BigInt(order.maxRun) : 1n);
}

/** What the whole order can cost at most: the most a consumer can lose. */
export function orderEscrow(order: Pick<Order, "metered" | "maxPrice" | "maxRun" | "lots" | "replicas">): bigint {
	return jobEscrow(order) * BigInt(jobCount(order));
}

/** Price of one unit (a job, or a second when metered) for a claim `delay` seconds after posting; rounded down. */
export function unitPrice(order: Pick<Order, "startPrice" | "maxPrice" | "rampFor">, delay: number): bigint {
	if (order.rampFor === 0 || order.startPrice === order.maxPrice) return order.maxPrice;
	const climbed = BigInt(Math.min(delay, order.rampFor));
	return order.startPrice + ((order.maxPrice - order.startPrice) * climbed) / BigInt(order.rampFor);
}

/** What a result earns before the fee; rounded down, the remainder of the escrow goes back to the consumer. */
export function payOf(order: PriceTerms, delay: number, result: Pick<Result, "status" | "billed">): bigint {
	const unit = unitPrice(order, delay);
	const billed = BigInt(Math.min(result.billed, order.maxRun));
	if (result.status === resultStatus.ok) return unit * (order.metered ? billed : 1n);
	if (result.status > resultStatus.stopped) return 0n;
	const share = BigInt(order.failBps);
	return order.metered ? (unit * billed * share) / 10_000n : (unit * billed * share) / (BigInt(order.maxRun) * 10_000n);
}

/** The market's part of a payment; rounded down. */
export function feeOf(order: Pick<Order, "feeBps">, pay: bigint): bigint {
	return (pay * BigInt(order.feeBps)) / 10_000n;
}
