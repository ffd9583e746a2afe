import type { panelArbiterAbi } from "../abi/panelArbiter.ts";
import type { Explanation } from "./marketErrors.ts";

type AbiErrors = Extract<(typeof panelArbiterAbi)[number], { type: "error" }>;
/** Of the beacon that the arbiter asks; its refusal is passed on. */
type BeaconErrorName = "RoundToCome";

const BUG = "The software that built this call and the arbiter disagree; update both to one version.";

/** One entry for every custom error of the panel arbiter; a missing one does not compile. */
export const panelErrors: Record<AbiErrors["name"] | BeaconErrorName, Explanation> = {
	AlreadyBound: {
		says: (market) => `this arbiter serves the Market ${market} for good`,
		hint: "Deploy another arbiter for another Market.",
	},
	NotTheMarket: {
		says: (caller, market) => `only the Market ${market} may tell this arbiter so, and ${caller} called`,
		hint: "Call the Market instead.",
	},
	BeaconMissing: {
		says: (beacon) => `there is no beacon at ${beacon}`,
		hint: "Deploy the arbiter with a beacon of this chain.",
	},
	PanelTooSlow: {
		says: (needed, most) => `a dispute could take ${needed} s, and the Market waits ${most} s`,
		hint: "Deploy the arbiter with shorter times.",
	},
	PanelTooSmall: {
		says: (index, owners, needed) => `class ${index} has nodes of ${owners} owners, and a fair panel needs ${needed}`,
		hint: "Nothing was taken from you. Do not accept the result; next time use a larger class, replicas or a verifier.",
	},
	CaseKnown: { says: (dispute) => `dispute ${dispute} is with this arbiter already`, hint: BUG },
	CaseUnknown: {
		says: (dispute) => `this arbiter has no dispute ${dispute}`,
		hint: "The order may name another arbiter; `depin dispute show` tells.",
	},
	CaseConcluded: {
		says: (dispute) => `dispute ${dispute} is decided`,
		hint: "`depin dispute show` tells how.",
	},
	PanelSeatedAlready: {
		says: (dispute) => `the jurors of dispute ${dispute} are drawn already`,
		hint: "Nothing to do: they vote now.",
	},
	PanelNotSeated: {
		says: (dispute) => `the jurors of dispute ${dispute} are not drawn yet`,
		hint: "Wait for the drawing; anybody may do it once the beacon's round is there.",
		retriable: true,
	},
	NotDrawn: {
		says: (dispute, _round, node) => `${node} is no juror of dispute ${dispute}`,
		hint: "Only drawn nodes vote.",
	},
	VoteKnown: {
		says: (dispute, _round, node) => `${node} has voted in dispute ${dispute}, and a vote stands`,
		hint: "Nothing to do.",
	},
	VoteMismatch: {
		says: (dispute, _round, node) => `this is not the vote that ${node} committed to in dispute ${dispute}`,
		hint: "Reveal vote, digest and salt as the node's journal has them.",
	},
	VoteTooLate: {
		says: (dispute, last) => `votes of dispute ${dispute} were taken until ${last}`,
		hint: "A juror that is silent loses a slice of its stake: see why the node was late.",
	},
	RevealTooEarly: {
		says: (dispute, from) => `votes of dispute ${dispute} are opened from ${from} on`,
		hint: "Wait until all jurors have committed, or until then.",
		retriable: true,
	},
	DataStillDue: {
		says: (dispute, committedAt, dataBy) =>
			`the node has until ${dataBy} to hand over its data in dispute ${dispute}; ${committedAt} was too early to miss it`,
		hint: "Commit UNAVAILABLE only from then on.",
	},
	VotesStillOpen: {
		says: (dispute, until) => `dispute ${dispute} is not over before ${until}`,
		hint: "Wait until then.",
		retriable: true,
	},
	AppealTooLate: {
		says: (dispute, until) => `dispute ${dispute} could be appealed until ${until}`,
		hint: "The verdict stands; anybody may conclude it.",
	},
	AppealedAlready: {
		says: (dispute) => `dispute ${dispute} was appealed before`,
		hint: "Its next verdict is final.",
	},
	RoundToCome: {
		says: (round, time) => `the randomness of round ${round} does not exist yet; it is ${time} now`,
		hint: "Wait a moment.",
		retriable: true,
	},
};
