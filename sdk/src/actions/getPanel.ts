import type { Address, Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type Verdict, verdictName } from "../chain/disputes.ts";
import { readPanel } from "./readPanel.ts";

export type GetPanelParameters = {
	dispute: Hex;
	/** As the `Challenged` event names it. */
	arbiter: Address;
	/** Default: the one that runs. */
	round?: number;
};
export type GetPanelReturnType = {
	/** 0, or 1 once appealed. */
	round: number;
	concluded: boolean;
	/** Base units a juror. */
	fee: bigint;
	/** Seats wanted: 3, or 7 on appeal. */
	wanted: number;
	beaconRound: bigint;
	/** Unix seconds; 0 until the jurors are drawn, as are the ones below. */
	commitBy: number;
	/** First second in which a vote that the content is withheld counts. */
	dataBy: number;
	revealFrom: number;
	revealBy: number;
	/** The votes are final from then on. */
	endedAt: number;
	/** As the votes stand. */
	verdict: Verdict;
	seats: PanelSeat[];
};
export type PanelSeat = {
	node: Address;
	committed: boolean;
	revealed: boolean;
	/** Once revealed. */
	vote: Verdict;
	/** Of the outputs the juror got; zero where it gave none. */
	digest: Hex;
};

/**
 * One round of a dispute before a panel arbiter: who was drawn, who voted how, and until when.
 *
 * @example
 * const { verdict, seats } = await getPanel(client, { dispute, arbiter });
 */
export async function getPanel(
	client: MarketClient,
	{ dispute, arbiter, round }: GetPanelParameters,
): Promise<GetPanelReturnType> {
	const { round: current, concluded, fee } = await readPanel(client, arbiter, "caseOf", [dispute]);
	const asked = round ?? current;
	const panel = await readPanel(client, arbiter, "panelOf", [dispute, asked]);
	const { drawn, seats, verdict, snapshotAt: _, rosterLength: __, ...clocks } = panel;
	return {
		...clocks,
		round: asked,
		concluded,
		fee,
		wanted: seats,
		verdict: verdictName(verdict),
		seats: drawn.map(({ node, committedAt, revealed, vote, digest }) => ({
			node,
			committed: committedAt !== 0,
			revealed,
			vote: verdictName(vote),
			digest,
		})),
	};
}
