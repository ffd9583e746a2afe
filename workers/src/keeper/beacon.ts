import { isLocalChain } from "depin";
import type { Hex } from "viem";
import { OperatorError } from "../runtime/errors.ts";

/** Where the proof comes from that a round of a chain's beacon has the randomness it has; `draw` takes it. */
export type Beacon = {
	/** False: drawing jurors on this chain is left to others. */
	known: boolean;
	/** Asked only for rounds that are over. Rejects while the proof cannot be had; the drawing is tried again then. */
	proofOf(round: bigint): Promise<Hex>;
};

/** The local chain's beacon makes its randomness itself, and asks for no proof. */
const localBeacon: Beacon = { known: true, proofOf: async () => "0x" };

export function beaconOf(chainId: number): Beacon {
	if (isLocalChain(chainId)) return localBeacon;
	const unknown = new OperatorError("no-beacon", `this keeper knows no beacon of chain ${chainId}`);
	return { known: false, proofOf: () => Promise.reject(unknown) };
}
