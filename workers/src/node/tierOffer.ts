import type { JobSpec } from "depin/jobs";
import { EngineError } from "../engine/errors.ts";
import { chooseTier, runtimeOf, type Tier, tiers } from "../engine/tiers.ts";

/** Which tiers this node may offer, and which runtime makes each. */
export type TierOffer = {
	/** Weakest first. */
	offered(): Tier[];
	/**
	 * What a task of this spec runs under.
	 * @throws {EngineError} `tier-missing` when nothing offered is enough
	 */
	choose(spec: Pick<JobSpec, "tier">): { tier: Tier; runtime: string };
};

/**
 * `wanted`: tiers the operator lends out; absent = all. `floor`: the least the class's document promises.
 */
export function createTierOffer(options: { wanted?: Tier[] | undefined; floor: Tier; runtimes: string[] }): TierOffer {
	const { wanted = tiers, floor, runtimes } = options;
	const offered = () => tiers.filter((tier) => wanted.includes(tier) && runtimeOf(tier, runtimes) !== undefined);
	return {
		offered: () => offered().filter((tier) => chooseTier(tier, floor, [tier]) !== undefined),
		choose(spec) {
			const tier = chooseTier(spec.tier, floor, offered());
			const runtime = tier && runtimeOf(tier, runtimes);
			if (runtime) return { tier, runtime };
			throw new EngineError(
				"tier-missing",
				`This machine offers ${offered().join(", ") || "no isolation tier"}; the job needs at least ${chooseTier(spec.tier, floor, tiers)}.`,
			);
		},
	};
}
