import type { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

type Builder = Parameters<Parameters<typeof buildModule>[1]>[0];
type Argument = NonNullable<Parameters<Builder["contract"]>[2]>[number];

/** See `PanelConfig` in contracts/interfaces/IPanelArbiter.sol; durations in seconds. */
interface Panel {
	/** Where its randomness comes from: a future, a parameter or an address. */
	beacon: Argument;
	minOwners: number;
	minFee: bigint;
	drawDelay: number;
	slack: number;
	dataFor: number;
	revealFor: number;
	appealFor: number;
}

/**
 * The contracts of one deployment, without classes or roles. The deployer is the authority's first admin.
 *
 * @param asset the one ERC-20 for price and stake: a future, a parameter or an address
 * @param fixed what never changes: seconds, and shares in 1/10000
 * @param panel how the default arbiter runs
 * @param first parameters that governance may change later: shares in 1/10000, `minJobEscrow` in asset units
 */
export function deployMarket(
	m: Builder,
	asset: Argument,
	fixed: { activation: number; challengeFloor: number; livenessBps: number },
	first: { feeBps: number; minBondBps: number; minJobEscrow: bigint },
	panel: Panel,
) {
	const authority = m.contract("AccessManager", [m.getAccount(0)]);
	const arbiter = m.contract("PanelArbiter", [
		{
			beacon: panel.beacon,
			minOwners: m.getParameter("minPanelOwners", panel.minOwners),
			minFee: m.getParameter("minJurorFee", panel.minFee),
			drawDelay: m.getParameter("drawDelay", panel.drawDelay),
			slack: m.getParameter("jurySlack", panel.slack),
			dataFor: m.getParameter("dataFor", panel.dataFor),
			revealFor: m.getParameter("revealFor", panel.revealFor),
			appealFor: m.getParameter("appealFor", panel.appealFor),
		},
	]);
	const config = {
		asset,
		arbiter,
		activation: m.getParameter("activation", fixed.activation),
		challengeFloor: m.getParameter("challengeFloor", fixed.challengeFloor),
		livenessBps: m.getParameter("livenessBps", fixed.livenessBps),
	};
	const params = {
		feeBps: m.getParameter("feeBps", first.feeBps),
		minBondBps: m.getParameter("minBondBps", first.minBondBps),
		minJobEscrow: m.getParameter("minJobEscrow", first.minJobEscrow),
	};
	const disputes = m.contract("MarketDisputes", [config, authority]);
	const extension = m.contract("MarketExtension", [disputes, authority]);
	const core = m.contract("Market", [extension, authority, params]);
	// The fallback serves more than Market's own ABI shows.
	const market = m.contractAt("IMarket", core);
	return { market, extension, disputes, arbiter, authority };
}
