import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { readPanel } from "./readPanel.ts";

export type GetPanelConfigParameters = { arbiter: Address };
export type GetPanelConfigReturnType = {
	beacon: Address;
	/** Distinct owners of active nodes that a class must have to be challenged in. */
	minOwners: number;
	/** The same for an appeal. */
	minAppealOwners: number;
	/** Base units a juror gets at least. */
	minFee: bigint;
	/** Seconds from the challenge to the randomness of the draw. */
	drawDelay: number;
	/** Seconds a juror has beyond the task's own time. */
	slack: number;
	/** Seconds from the drawing in which content may still be handed over. */
	dataFor: number;
	revealFor: number;
	appealFor: number;
};

/** Seven jurors and the judged node's owner: `LEAST_APPEAL_OWNERS` of PanelArbiter.sol. */
const LEAST_APPEAL_OWNERS = 8;

/**
 * What never changes of a panel arbiter.
 *
 * @example
 * const { minOwners } = await getPanelConfig(client, { arbiter });
 */
export async function getPanelConfig(
	client: MarketClient,
	{ arbiter }: GetPanelConfigParameters,
): Promise<GetPanelConfigReturnType> {
	const config = await readPanel(client, arbiter, "config", []);
	return { ...config, minAppealOwners: Math.max(config.minOwners, LEAST_APPEAL_OWNERS) };
}
