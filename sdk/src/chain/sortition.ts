import { type Address, encodeAbiParameters, type Hex, keccak256, zeroAddress } from "viem";
import type { Order } from "./terms.ts";

/** Nodes that may claim at once, on average; doubles every step. */
const FIRST_ELIGIBLE = 4n;

export type EligibleAtParameters = {
	orderId: Hex;
	job: number;
	node: Address;
	/** Unix seconds. */
	postedAt: number;
	/** Active nodes of the order's class. */
	active: number;
	/** The class's step in seconds. */
	step: number;
	/** The order's exclusive node and ramp. */
	terms: Pick<Order, "node" | "rampFor">;
};

/** First unix second in which `node` may claim, as far as the draw goes; undefined when the order is another's alone. */
export function eligibleAt({ terms, ...draw }: EligibleAtParameters): number | undefined {
	if (BigInt(terms.node) === BigInt(draw.node)) return draw.postedAt;
	const opensAt = draw.postedAt + (terms.node === zeroAddress ? 0 : terms.rampFor);
	if (terms.node !== zeroAddress && terms.rampFor === 0) return undefined;
	return Math.max(opensAt, draw.postedAt + stepsToWait(draw) * draw.step);
}

/** The smallest k with draw * n <= min(4 * 2^k, n) * 2^64. */
function stepsToWait({ orderId, job, node, active }: Omit<EligibleAtParameters, "terms">): number {
	const types = [{ type: "bytes32" }, { type: "uint32" }, { type: "address" }] as const;
	const draw = BigInt.asUintN(64, BigInt(keccak256(encodeAbiParameters(types, [orderId, job, node]))));
	const nodes = BigInt(active);
	for (let k = 0; ; k++) {
		const places = FIRST_ELIGIBLE << BigInt(k);
		if (places >= nodes || draw * nodes <= places << 64n) return k;
	}
}
