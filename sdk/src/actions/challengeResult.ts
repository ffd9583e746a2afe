import type { Address, Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import type { LeafProof } from "../chain/disputes.ts";
import { packResult, type Receipt, type Result } from "../chain/result.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { appraiseChallenge } from "./appraiseChallenge.ts";
import { writeFunded } from "./funding.ts";
import { encodeMarketCall, type WriteOptions, type WriteReturnType } from "./write.ts";

export type ChallengeResultParameters = WriteOptions & {
	order: Order;
	receipt: Receipt;
	/** The job's, whose digest the receipt holds. */
	result: Result;
	/** Of the task that is wrong; `leafProof` makes it. */
	proof: LeafProof;
};
export type ChallengeResultReturnType = WriteReturnType & {
	dispute: Hex;
	arbiter: Address;
	/** Base units set aside. */
	bond: bigint;
	/** If the arbiter stays silent until then, the job is paid; unix seconds. */
	deadline: number;
};

/**
 * Says that one task of a submitted job is wrong, and puts the arbiter's bond on it. Jurors run the task again. One
 * transaction: permit and deposit of just what the balance lacks of the bond, challenge.
 *
 * @example
 * const { dispute } = await challengeResult(client, { order, receipt, result, proof });
 */
export async function challengeResult(
	client: MarketClient,
	parameters: ChallengeResultParameters,
): Promise<ChallengeResultReturnType> {
	const { order, receipt, result, proof, ...options } = parameters;
	const leaf = { ...proof, taskProof: [...proof.taskProof], resultProof: [...proof.resultProof] };
	const args = [packTerms(order), receipt, packResult(result), leaf] as const;
	const { bond: needed } = await appraiseChallenge(client, { order });
	const done = await writeFunded(client, { needed, call: encodeMarketCall("challenge", args), options });
	const challenged = done.events.find((event) => event.eventName === "Challenged");
	if (challenged?.eventName !== "Challenged") throw new TypeError("the Market logged no Challenged");
	const { dispute, arbiter, bond, deadline } = challenged.args;
	return { ...done, dispute, arbiter, bond, deadline };
}
