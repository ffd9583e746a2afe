import { hexToString, isHex } from "viem";
import type { marketAbi } from "../abi/market.ts";
import { jobStates, nodeStatuses } from "../chain/state.ts";
import { disputeErrors } from "./disputeErrors.ts";

type AbiErrors = Extract<(typeof marketAbi)[number], { type: "error" }>;

/** Names of the Market's custom errors, from its ABI. */
export type MarketErrorName = AbiErrors["name"];

/** What a refusal means to the person who called, and what to do. */
export type Explanation = {
	/** One sentence; `args` are the error's arguments in the ABI's order. Amounts are base units of the asset. */
	says: (...args: readonly unknown[]) => string;
	hint: string;
	/** True when waiting alone can cure it. */
	retriable?: boolean;
};

const LOOK = "Look at it with `depin status`.";
const BUG = "The software that built this call and the Market disagree; update both to one version.";

/** One entry for every custom error of the Market; a missing one does not compile. */
export const marketErrors: Record<MarketErrorName, Explanation> = {
	...disputeErrors,

	// Money
	BalanceTooLow: {
		says: (account, free, needed) => `${account} has ${free} units free on the Market and needs ${needed}`,
		hint: "Deposit more of the asset, or lower the price or the stake.",
	},
	AssetNotExact: {
		says: (asked, received) => `the asset moved ${received} units instead of ${asked}`,
		hint: "Assets that take a fee on transfer or rebase cannot be used here.",
	},
	TreasuryTooLow: {
		says: (treasury, asked) => `the treasury holds ${treasury} units, ${asked} were asked`,
		hint: "Ask for less, or sweep fees first.",
	},

	// Registry
	ClassUnknown: {
		says: (index) => `class ${index} does not exist on this Market`,
		hint: "Use a class that the Market has set; the local network has class 1.",
	},
	ClassIncomplete: {
		says: (index) => `class ${index} needs a minimum stake and a step`,
		hint: "Give both above zero.",
	},
	ClassStepFixed: {
		says: (index, step) => `the step of class ${index} is ${step} s for good`,
		hint: "Keep the step, or set another class.",
	},
	NodeKnown: {
		says: (node) => `node ${node} is registered already, and a key registers once`,
		hint: "Make a new node key with `depin-worker init`.",
	},
	NodeUnknown: {
		says: (node) => `node ${node} is not registered`,
		hint: "Register it with `depin provider register`.",
	},
	NodeNotOwned: {
		says: (node, owner, caller) => `node ${node} belongs to ${owner}, not to ${caller}`,
		hint: "Use the owner's key.",
	},
	NodeInStatus: {
		says: (node, status) => `node ${node} is ${nodeStatuses[Number(status)] ?? status}, which does not allow this`,
		hint: "A suspended node comes back when its stake is topped up; a retired or jailed one never does.",
	},
	NodeConsentExpired: {
		says: (deadline) => `the node's consent ran out at ${deadline}`,
		hint: "Print a new one with `depin-worker init` on the node.",
	},
	NodeConsentInvalid: {
		says: (node) => `the consent is not signed by node ${node} for this owner, class and Market`,
		hint: "Print a new one with `depin-worker init` on the node, with this owner and class.",
	},
	NodeStakeTooLow: {
		says: (node, available, needed) => `node ${node} has ${available} units of stake to use, this needs ${needed}`,
		hint: "Add stake with `depin provider stake`.",
	},
	NodeStakeBound: {
		says: (node, unbondAt, open) =>
			`the stake of ${node} is bound until ${unbondAt} and while ${open} jobs are unsettled`,
		hint: "Wait for both, then withdraw it.",
		retriable: true,
	},

	// Posting
	OrderNotYours: {
		says: (caller, consumer) => `the order is ${consumer}'s, and ${caller} called`,
		hint: "Use the key that posted the order.",
	},
	OrderKnown: {
		says: (id) => `order ${id} was posted or revoked before`,
		hint: "Post again: a new order gets a new salt, and so a new id.",
	},
	OrderUnknown: {
		says: (id) => `the Market holds no order ${id}; it was never posted, or it is finished and forgotten`,
		hint: LOOK,
	},
	TermsNotCanonical: { says: () => "the packed terms have unused bits set", hint: BUG },
	TermOutOfBounds: {
		says: (term, actual, least, most) => `the order's ${termName(term)} is ${actual}; ${least} to ${most} is allowed`,
		hint: "Change it in the job file's `order` section.",
	},
	ArbiterNotEnabled: {
		says: (arbiter) => `this Market does not know arbiter ${arbiter}`,
		hint: "Post without an arbiter to get the default one, or name one that governance has enabled.",
	},
	NewWorkPaused: {
		says: (until) => `new orders and claims are paused until ${until}; everything else still works`,
		hint: "Wait until then. Refunds, results and withdrawals are not affected.",
		retriable: true,
	},

	// Jobs
	JobUnknown: {
		says: (id, job, jobs) => `order ${id} has no job ${job}; it has ${jobs}`,
		hint: "Jobs are numbered from 0.",
	},
	JobInState: {
		says: (id, job, state, allowed) =>
			`job ${id}/${job} is ${Number(state) === 0 ? "over and forgotten, or was never posted" : (jobStates[Number(state)] ?? state)}; this needs it ${statesOf(allowed)}`,
		hint: LOOK,
	},
	JobNotYours: {
		says: (id, job, node, caller) => `job ${id}/${job} is run by ${node}, not by ${caller}`,
		hint: LOOK,
	},
	ClaimTooLate: {
		says: (id, until) => `order ${id} took claims until ${until}`,
		hint: "Nothing to do: anybody may now close it, which refunds its consumer.",
	},
	ClaimReserved: {
		says: (id, node, until) => `order ${id} is reserved for ${node} until ${until}`,
		hint: "Wait until then.",
		retriable: true,
	},
	ClaimTooEarly: {
		says: (id, job, node) => `job ${id}/${job} is not open to ${node} yet`,
		hint: "Wait for the next step of the draw; `eligibleAt` tells when.",
		retriable: true,
	},
	ClaimExcluded: {
		says: (id, job, node) => `${node} failed job ${id}/${job} last and may not claim it again`,
		hint: "Leave it to others.",
	},
	NodeInClass: {
		says: (node, index, needed) => `node ${node} is of class ${index}, the order asks for class ${needed}`,
		hint: "Only nodes of the order's class may claim.",
	},
	NodeFull: {
		says: (node, open, maxOpen) => `node ${node} holds ${open} unsettled jobs, its limit is ${maxOpen}`,
		hint: "Settle finished jobs, or raise the limit.",
		retriable: true,
	},
	NodeTooNew: {
		says: (node, activatedAt, postedAt) =>
			`node ${node} may claim orders posted after ${activatedAt}; this one was posted at ${postedAt}`,
		hint: "Claim a newer order.",
	},
	DeadlinePassed: {
		says: (id, job, deadline) => `the deadline of job ${id}/${job} was ${deadline}`,
		hint: "It is too late for this; anybody may now expire the job.",
	},
	DeadlineNotPassed: {
		says: (id, job, deadline) => `the node of job ${id}/${job} has until ${deadline}`,
		hint: "Wait until then, or stop the job if it is yours.",
		retriable: true,
	},
	BeatNotAsked: { says: (id) => `order ${id} asks for no signs of life`, hint: "Leave them out." },
	JobStopped: {
		says: (id, job) => `job ${id}/${job} was stopped before`,
		hint: "Its node has until the deadline to report; `depin status` shows it.",
	},
	JobNotStopped: {
		says: (id, job) => `job ${id}/${job} was never stopped, so its result cannot say so`,
		hint: "Report what really ended it.",
	},
	ResultNotCanonical: { says: (outcome) => `the packed result ${outcome} is not well formed`, hint: BUG },
	ResultTimes: {
		says: (claimedAt, startedAt, finishedAt, time) =>
			`the result's times ${startedAt} to ${finishedAt} are not between the claim at ${claimedAt} and now, ${time}`,
		hint: "Set the node's clock.",
	},
	ResultOverbilled: {
		says: (billed, most) => `the result bills ${billed} s; at most ${most} s have passed since the claim`,
		hint: "Set the node's clock.",
	},
	HandBackTooLate: {
		says: (id, job, until) => `job ${id}/${job} could be handed back until ${until}`,
		hint: "Finish it, or report the failure it really had; silence costs a slice of the bond.",
	},
	ReceiptMismatch: {
		says: (id, job) => `the receipt is not that of the result submitted for job ${id}/${job}`,
		hint: "Read it from the chain again: the job may have got another result.",
	},
	ChallengeWindowOpen: {
		says: (id, job, until) => `only its consumer may settle job ${id}/${job} before ${until}`,
		hint: "Wait until then.",
		retriable: true,
	},
	OrderAlreadyClosed: { says: (id) => `order ${id} is closed already`, hint: LOOK },
	OrderStillOpen: {
		says: (id, until) => `order ${id} takes claims until ${until}; before that only its consumer may close it`,
		hint: "Wait until then, or use the consumer's key.",
		retriable: true,
	},

	// Governance and deployment
	ParamOutOfBounds: {
		says: (param, actual, most) => `${termName(param)} = ${actual}; at most ${most} is allowed`,
		hint: "Give a value within the bound.",
	},
	PauseTooLong: {
		says: (time, latest) => `a pause until ${time} is too long; ${latest} is the latest`,
		hint: "Give an earlier time.",
	},
	PauseCoolingDown: {
		says: (until) => `the last pause is too recent; the next may start at ${until}`,
		hint: "Wait until then.",
		retriable: true,
	},
	UnbondingTooShort: {
		says: (unbonding, needed) => `unbonding of ${unbonding} s is below the ${needed} s a dispute can last`,
		hint: "Deploy with longer unbonding.",
	},

	// Raised by what the Market is built on, or by the asset, and passed on
	ERC20InsufficientBalance: {
		says: (sender, balance, needed) => `${sender} holds ${balance} units of the asset and needs ${needed}`,
		hint: "Send more of the asset to the account.",
	},
	ERC20InsufficientAllowance: {
		says: (_spender, allowance, needed) => `the Market may take ${allowance} units of the asset and needs ${needed}`,
		hint: "Approve the amount, or use a permit.",
	},
	SafeERC20FailedOperation: {
		says: (token) => `the asset ${token} refused the transfer`,
		hint: "Look at the token's rules for this account.",
	},
	AccessManagedUnauthorized: {
		says: (caller) => `${caller} has no role for this`,
		hint: "Use an account that holds the role.",
	},
	AccessManagedRequiredDelay: {
		says: (caller, delay) => `${caller} must schedule this ${delay} s ahead`,
		hint: "Schedule it on the AccessManager.",
	},
	ReentrancyGuardReentrantCall: {
		says: () => "a contract called back into the Market during a transfer",
		hint: "The asset or the receiving contract must not do that.",
	},
};

/** A bytes32 that holds a short name. */
function termName(term: unknown): string {
	return isHex(term) ? hexToString(term, { size: 32 }) : String(term);
}

/** "open or running" for a bitmap of states. */
function statesOf(allowed: unknown): string {
	const bits = BigInt(String(allowed));
	return jobStates.filter((_, state) => (bits >> BigInt(state)) & 1n).join(" or ");
}
