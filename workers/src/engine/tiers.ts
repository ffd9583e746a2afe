import type { JobSpec } from "depin/jobs";

/** How far a container is kept from the host's kernel. */
export type Tier = JobSpec["tier"];

/** Weakest first; the place in this list is the level that a statement carries. */
export const tiers = ["container", "sandbox", "vm"] as const satisfies readonly Tier[];

const isAtLeast = (tier: Tier, floor: Tier): boolean => tiers.indexOf(tier) >= tiers.indexOf(floor);

/**
 * The tier a job runs under: the weakest offered one that is enough both for the spec and for the class. Undefined when
 * there is none, which is a reason not to run it: nothing falls back to less than was asked for.
 */
export function chooseTier(asked: Tier, floor: Tier, offered: readonly Tier[]): Tier | undefined {
	return tiers.find((tier) => offered.includes(tier) && isAtLeast(tier, asked) && isAtLeast(tier, floor));
}

/** The engine's runtime that makes a tier, by the names these are registered under; undefined when it lists none. */
export function runtimeOf(tier: Tier, runtimes: readonly string[]): string | undefined {
	if (tier === "vm") return runtimes.find((name) => /^(io\.containerd\.)?kata\b/.test(name));
	return runtimes.find((name) => name === (tier === "sandbox" ? "runsc" : "runc"));
}

/** The tier that a container under this runtime has. One we do not know counts as the weakest. */
export function tierOf(runtime: string): Tier {
	return tiers.find((tier) => runtimeOf(tier, [runtime]) !== undefined) ?? "container";
}
