import type { MarketClient } from "depin";
import { getBeaconRound, getPanel, getPanelConfig } from "depin/actions";
import type { Hex } from "viem";
import { isRetriable } from "../runtime/errors.ts";
import type { KeeperDispute } from "./state.ts";

/** What a dispute's panel waits for, as far as anybody can help it. */
export type PanelFacts = {
	concluded: boolean;
	/** Jurors are drawn; the randomness for it is there. */
	seated: boolean;
	drawable: boolean;
	/** Whose randomness seats them. */
	beaconRound: bigint;
	/** The verdict can be told from then on; undefined while nobody knows. */
	concludableAt: number | undefined;
};

/** Reads the panels of open disputes. `draws`: whether this keeper can draw jurors. An arbiter of another kind looks after itself. */
export async function readPanels(
	client: MarketClient,
	disputes: ReadonlyMap<Hex, KeeperDispute>,
	{ now, draws }: { now: number; draws: boolean },
): Promise<Map<Hex, PanelFacts>> {
	const read = async ([dispute, { arbiter }]: [Hex, KeeperDispute]) => {
		try {
			const [panel, { beacon, appealFor }] = await Promise.all([
				getPanel(client, { dispute, arbiter }),
				getPanelConfig(client, { arbiter }),
			]);
			const seated = panel.commitBy !== 0;
			const { beaconRound } = panel;
			const drawable = draws && !seated && (await getBeaconRound(client, { beacon, time: now })) > beaconRound;
			const concludableAt = panel.endedAt === 0 ? undefined : panel.endedAt + (panel.round === 0 ? appealFor : 0);
			return [[dispute, { concluded: panel.concluded, seated, drawable, beaconRound, concludableAt }] as const];
		} catch (error) {
			if (isRetriable(error)) throw error;
			return [];
		}
	};
	return new Map((await Promise.all([...disputes].map(read))).flat());
}
