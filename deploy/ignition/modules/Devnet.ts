import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { deployMarket } from "../market.ts";

/** A local chain: its own asset, no waiting, class 1 = "cpu". Refused elsewhere by DevnetUSD. */
export default buildModule("Devnet", (m) => {
	const asset = m.contract("DevnetUSD");
	const beacon = m.contract("LocalBeacon");
	const contracts = deployMarket(
		m,
		asset,
		{ activation: 0, challengeFloor: 60, livenessBps: 2_000 },
		{ feeBps: 200, minBondBps: 1_000, minJobEscrow: 1_000n },
		{ beacon, minOwners: 4, minFee: 1_000n, drawDelay: 2, slack: 60, dataFor: 20, revealFor: 60, appealFor: 60 },
	);
	const minStake = m.getParameter("minStake", 100_000_000n); // 100 dUSD
	const document = m.getParameter("classDocument", `0x${"00".repeat(32)}`);
	m.call(contracts.market, "setClass", [1, minStake, 2, document]);
	return { asset, beacon, ...contracts };
});
