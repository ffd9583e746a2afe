import type { JobSpec } from "depin/jobs";
import { EngineError } from "../engine/errors.ts";
import { chooseTier, runtimeOf, type Tier, tiers } from "../engine/tiers.ts";

/** Which tiers this node may offer, and which runtime makes each. */
export type TierOffer = {
	/** Weakest first. */
	offered(): Tier[];
	/** Of those, under which a job can have a network. */
	connected(): Tier[];
	/** Lent out and listed by the engine, but not seen to hold. */
	rejected(): Tier[];
	/**
	 * What a task of this spec runs under.
	 * @throws {EngineError} `tier-missing` when nothing offered is enough
	 */
	choose(spec: Pick<JobSpec, "tier" | "network">): { tier: Tier; runtime: string };
};

export type TierOfferOptions = {
	/** Tiers the operator lends out; absent = all. */
	wanted?: Tier[] | undefined;
	/** The least the class's document promises. */
	floor: Tier;
	/** As the engine lists them. */
	runtimes: string[];
	/** Whether a runtime was seen to hold its limits. Asked each time: the answer changes. */
	holds: (runtime: string) => boolean;
	/** Whether a job under a runtime was seen to reach its proxy and nothing else. */
	connects: (runtime: string) => boolean;
};

export function createTierOffer({ wanted, floor, runtimes, holds, connects }: TierOfferOptions): TierOffer {
	const listed = tiers.flatMap((tier) => {
		const runtime = runtimeOf(tier, runtimes);
		const usable = chooseTier(tier, floor, [tier]) !== undefined && (wanted ?? tiers).includes(tier);
		return runtime !== undefined && usable ? [{ tier, runtime }] : [];
	});
	const offered = () => listed.filter(({ runtime }) => holds(runtime));
	const connected = () => offered().filter(({ runtime }) => connects(runtime));
	return {
		offered: () => offered().map(({ tier }) => tier),
		connected: () => connected().map(({ tier }) => tier),
		rejected: () => listed.filter(({ runtime }) => !holds(runtime)).map(({ tier }) => tier),
		choose(spec) {
			const now = spec.network === "none" ? offered() : connected();
			const tier = chooseTier(
				spec.tier,
				floor,
				now.map((one) => one.tier),
			);
			const found = now.find((one) => one.tier === tier);
			if (found) return found;
			throw new EngineError(
				"tier-missing",
				`The job needs isolation tier ${chooseTier(spec.tier, floor, tiers)} or a stronger one${spec.network === "none" ? "" : " with a network"}; this machine has ${now.map((one) => one.tier).join(", ") || "none that holds"}.`,
			);
		},
	};
}
