import { isAddressEqual, zeroAddress } from "viem";
import { getClass } from "../actions/getClass.ts";
import { getConfig } from "../actions/getConfig.ts";
import { getPanelConfig } from "../actions/getPanelConfig.ts";
import { isLocalChain } from "../chain/client.ts";
import { checksNeeded } from "../chain/deterrence.ts";
import { jobEscrow } from "../chain/pricing.ts";
import type { Order } from "../chain/terms.ts";
import type { Match } from "../jobs/spec.ts";
import type { Session } from "./session.ts";

/** What is known of who could decide a challenge, and of what a cheat would lose. Amounts in base units. */
export type Deterrence = {
	replicas: number;
	/** A verifier makes results final by itself. */
	verified: boolean;
	match: Match;
	price: bigint;
	/** Least stake of a node of the class. */
	stake: bigint;
	/** Distinct owners of the class's active nodes, and how many a panel asks for; undefined when no panel decides. */
	owners: number;
	minOwners: number | undefined;
	/** A network on this machine, where nothing is at stake. */
	local: boolean;
};

/** Why a result might be made up and still be paid, and what to do about it; nothing when cheating is a loss. */
export function doubtsOf(deterrence: Deterrence): string[] {
	const { replicas, verified, match, price, stake, owners, minOwners, local } = deterrence;
	if (verified || replicas >= 3) return [];
	const instead = "post with --replicas 3 and match: exact, or check results yourself before you accept them";
	if (minOwners === undefined) return [`nobody on this Market decides challenges: ${instead}`];
	if (owners < minOwners && local)
		return [
			`results cannot be challenged here: this network has nodes of ${owners} owner(s), and a panel needs ${minOwners}`,
		];
	if (owners < minOwners)
		return [
			`the class has nodes of ${owners} owner(s), and a panel needs ${minOwners}: a challenge would be refused; ${instead}`,
		];
	if (match === "none")
		return ["match is none: jurors cannot tell a wrong result from a right one; write match: exact, or a tolerance"];
	const needed = checksNeeded(price, stake);
	if (needed === undefined)
		return [`the price is too high for the class's stake: no amount of checking makes cheating a loss; ${instead}`];
	const share = (needed / 100).toFixed(needed < 100 ? 2 : 0);
	return [
		`cheating pays unless ${share} % of such results are run again and challenged: depin verify --rerun does the first`,
	];
}

/** The same, from the chain as it is now. */
export async function whyCheatingPays({ client }: Session, order: Order, match: Match): Promise<string[]> {
	const [{ owners, minStake }, { arbiter: ofMarket }] = await Promise.all([
		getClass(client, { class: order.class }),
		getConfig(client),
	]);
	const arbiter = isAddressEqual(order.arbiter, zeroAddress) ? ofMarket : order.arbiter;
	const none = isAddressEqual(arbiter, zeroAddress);
	return doubtsOf({
		replicas: order.replicas,
		verified: !isAddressEqual(order.verifier, zeroAddress),
		match,
		price: jobEscrow(order),
		stake: minStake,
		owners,
		local: isLocalChain(client.deployment.chainId),
		minOwners: none ? undefined : (await getPanelConfig(client, { arbiter })).minOwners,
	});
}
