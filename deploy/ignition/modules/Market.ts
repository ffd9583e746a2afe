import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { toFunctionSelector } from "viem";
import { marketAbi } from "../../../sdk/src/abi/market.ts";
import { deployMarket } from "../market.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;

const ADMIN = 0n; // AccessManager's own number

/** Who may change what, and how long everybody can see it coming. */
const roles = [
	{ name: "PARAMS", id: 1n, delay: 2 * DAY, functions: ["setParams", "payTreasury"] },
	{ name: "CLASSES", id: 2n, delay: 14 * DAY, functions: ["setClass"] },
	{ name: "ARBITERS", id: 4n, delay: 21 * DAY, functions: ["enableArbiter"] },
	{ name: "GUARDIAN", id: 3n, delay: 0, functions: ["pauseNew"] },
] as const;

function selectorOf(name: string) {
	const entry = marketAbi.find((item) => item.type === "function" && item.name === name);
	if (entry?.type !== "function") throw new Error(`The market has no function ${name}: fix the roles in this module.`);
	return toFunctionSelector(entry);
}

/**
 * A public chain. Parameters: `asset` (an ERC-20 that moves exact amounts), `beacon` (randomness nobody can foretell; the
 * local beacon refuses public chains), `governor` (gets every role; the deployer
 * keeps none), `class1Stake` (asset units) and `class1Document` (hash of the public class document).
 */
export default buildModule("Market", (m) => {
	const contracts = deployMarket(
		m,
		m.getParameter("asset"),
		{ activation: HOUR, challengeFloor: 600, livenessBps: 2_000 },
		{ feeBps: 200, minBondBps: 1_000, minJobEscrow: 10_000n },
		{
			beacon: m.getParameter("beacon"),
			minOwners: 25,
			minFee: 10_000n,
			drawDelay: 30,
			slack: 4 * HOUR,
			dataFor: 2 * HOUR,
			revealFor: 6 * HOUR,
			appealFor: 12 * HOUR,
		},
	);
	const { market, authority } = contracts;
	const governor = m.getParameter("governor");
	const class1 = m.call(market, "setClass", [1, m.getParameter("class1Stake"), 2, m.getParameter("class1Document")]);
	const handed = roles.flatMap(({ name, id, delay, functions }) => [
		m.call(authority, "setTargetFunctionRole", [market, functions.map(selectorOf), id], {
			id: `${name}_functions`,
			after: [class1],
		}),
		m.call(authority, "grantRole", [id, governor, delay], { id: `${name}_grant` }),
	]);
	const admin = m.call(authority, "grantRole", [ADMIN, governor, 21 * DAY], { id: "ADMIN_grant", after: handed });
	m.call(authority, "renounceRole", [ADMIN, m.getAccount(0)], { id: "ADMIN_renounce", after: [admin] });
	return contracts;
});
