import type { MarketClient } from "depin";
import { getClass, getNode } from "depin/actions";
import { type Address, isAddressEqual } from "viem";
import { OperatorError } from "../runtime/errors.ts";

/** What the chain says of this node and its class. Read after events, not before each decision: `claim` is simulated anyway. */
export type ChainFacts = {
	registered: boolean;
	class: number;
	active: boolean;
	activatedAt: number;
	open: number;
	maxOpen: number;
	freeStake: bigint;
	classActive: number;
	classStep: number;
};

export type FactsReader = {
	/** The last facts read; throws before the first `refresh`. */
	now(): ChainFacts;
	refresh(): Promise<ChainFacts>;
};

/**
 * Reads the node's registration.
 *
 * `refresh` throws `OperatorError` when somebody else than `owner` registered this key: then somebody else would be paid.
 */
export function createFactsReader(
	client: MarketClient,
	options: { node: Address; owner: Address; class: number },
): FactsReader {
	let last: ChainFacts | undefined;
	return {
		now() {
			if (!last) throw new Error("the node's registration was used before it was read");
			return last;
		},
		async refresh() {
			const [node, ofClass] = await Promise.all([getNode(client, options), getClass(client, options)]);
			const registered = node.status !== "none";
			if (registered && !isAddressEqual(node.owner, options.owner)) {
				throw new OperatorError(
					"owner-mismatch",
					`node ${options.node} is registered by ${node.owner}, who would be paid for its work, but the configuration says owner ${options.owner}. ` +
						"Nothing ran. Correct `owner`, or make a fresh key with depin-worker init and register that.",
				);
			}
			last = {
				registered,
				class: node.class,
				active: node.status === "active",
				activatedAt: node.activatedAt,
				open: node.open,
				maxOpen: node.maxOpen,
				freeStake: node.stake - node.locked - node.unbonding,
				classActive: ofClass.active,
				classStep: ofClass.step,
			};
			return last;
		},
	};
}
