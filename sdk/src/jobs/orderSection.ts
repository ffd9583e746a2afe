import { type Address, isAddress } from "viem";
import { z } from "zod";
import { parseAmount } from "../chain/amounts.ts";
import type { OrderChoices } from "../chain/draft.ts";
import { SpecInvalidError } from "./errors.ts";
import { must, strict } from "./problems.ts";

const AMOUNT = 'an amount of the asset in quotes, for example "0.50"';
const amount = z.string(must(AMOUNT)).regex(/^\d{1,30}(\.\d{1,18})?$/, `must be ${AMOUNT}`);

function seconds(least: number, most: number) {
	const be = must(`a whole number of seconds from ${least} to ${most}`);
	return z.int(be).min(least, be).max(most, be);
}
const classIndex = must("the number of a hardware class, 0 to 65535");
const copies = must("a whole number from 1 to 7");
const share = must("a share in 1/10000, from 1000 to 9000");

/** The `order` section of a job file: what a consumer decides of the price and the terms. */
export const orderSection = strict({
	class: z.int(classIndex).min(0, classIndex).max(65_535, classIndex).default(1),
	price: amount.optional(),
	startPrice: amount.optional(),
	maxPrice: amount.optional(),
	rampFor: seconds(1, 604_800).optional(),
	metered: z.boolean(must("true (price a second) or false (price a job)")).default(false),
	bond: amount.optional(),
	failBps: z.int(share).min(1_000, share).max(9_000, share).optional(),
	challengeFor: seconds(0, 172_800).optional(),
	openFor: seconds(1, 1_209_600).optional(),
	beatEvery: seconds(0, 86_400).optional(),
	replicas: z.int(copies).min(1, copies).max(7, copies).optional(),
	quorum: z.int(copies).min(1, copies).max(7, copies).optional(),
	node: z
		.string(must("a node's address, 0x…"))
		.refine((node): node is Address => isAddress(node), "must be a node's address, 0x…")
		.optional(),
}).superRefine((order, context) => {
	const ramp = order.startPrice !== undefined || order.maxPrice !== undefined;
	const refuse = (field: string, message: string) => context.addIssue({ code: "custom", path: [field], message });
	if (order.price !== undefined && ramp)
		refuse("price", "stands for a fixed price; write it, or startPrice and maxPrice");
	if (order.startPrice !== undefined && order.maxPrice === undefined)
		refuse("maxPrice", "is missing beside startPrice");
	if (order.startPrice !== undefined && order.rampFor === undefined)
		refuse("rampFor", "is missing: the seconds in which the price climbs from startPrice to maxPrice");
	if (order.rampFor !== undefined && order.startPrice === undefined && order.node === undefined)
		refuse("startPrice", "is missing beside rampFor");
	const { replicas = 1, quorum } = order;
	if (quorum !== undefined && (2 * quorum <= replicas || quorum > replicas))
		refuse("quorum", `must be more than half of the ${replicas} replica(s), and no more than all`);
	if (replicas > 1 && order.node !== undefined)
		refuse("replicas", "must run on different owners' nodes: leave node out");
});

export type OrderSection = z.infer<typeof orderSection>;

/**
 * What the section decides, in base units.
 *
 * @param decimals Of the asset.
 * @throws {SpecInvalidError} without a price: money is never guessed.
 * @throws {AmountError} for more decimals than the asset has.
 */
export function orderChoices(section: OrderSection, decimals: number): OrderChoices {
	const { price, startPrice, maxPrice, bond, class: index, ...rest } = section;
	const most = price ?? maxPrice;
	if (most === undefined) {
		const problem = 'is missing; write what the job may cost, for example price: "0.50"';
		throw new SpecInvalidError("The job file", [{ field: "order.price", problem }]);
	}
	return {
		...rest,
		class: index,
		maxPrice: parseAmount(most, decimals),
		startPrice: startPrice === undefined ? undefined : parseAmount(startPrice, decimals),
		bond: bond === undefined ? undefined : parseAmount(bond, decimals),
	};
}
