import type { Explanation } from "./marketErrors.ts";

const LOOK = "Look at it with `depin status`.";
const BUG = "The software that built this call and the Market disagree; update both to one version.";

/** Refusals around replicas, verifiers and challenges: the Market's part of them. */
export const disputeErrors = {
	// Verifiers
	VerifierNotNamed: {
		says: (id) => `order ${id} names no verifier`,
		hint: "Submit the result without evidence.",
	},
	ProofNeeded: {
		says: (id, verifier) => `order ${id} takes only results that ${verifier} vouches for`,
		hint: "Submit the result with its evidence.",
	},
	ProofRefused: {
		says: (id, job, verifier) => `verifier ${verifier} does not vouch for the result of job ${id}/${job}`,
		hint: "Check that the evidence was made for this very result.",
	},
	EvidenceMismatch: {
		says: (expected, given) => `the result names evidence ${expected}, and the evidence sent hashes to ${given}`,
		hint: BUG,
	},

	// Replication
	CommitNeeded: {
		says: (id, job) => `job ${id}/${job} is one of several replicas, whose results are sealed first`,
		hint: "Commit the result, and open it once all replicas of the lot are sealed.",
	},
	NotReplicated: { says: (id) => `order ${id} has no replicas`, hint: "Submit the result." },
	SiblingRunning: {
		says: (id, job, sibling) => `replica ${id}/${sibling} of the lot of job ${job} runs at a node of the same owner`,
		hint: "Leave it to another owner's nodes.",
	},
	SealMismatch: {
		says: (id, job) => `the seal is not the one that job ${id}/${job} holds`,
		hint: "Take it from the job's Committed event.",
	},
	OpeningMismatch: {
		says: (id, job) => `result and salt do not open the seal of job ${id}/${job}`,
		hint: "Send exactly the result and the salt that were committed.",
	},
	RevealTooEarly: {
		says: (id, lot, until) => `lot ${lot} of order ${id} may still get sealed results until ${until}`,
		hint: "Wait until all replicas are sealed. Whoever opens early can be copied.",
		retriable: true,
	},
	TallyTooEarly: {
		says: (id, lot, until) => `replicas of lot ${lot} of order ${id} have until ${until} to be sealed and opened`,
		hint: "Bring the missing openings, or wait until then.",
		retriable: true,
	},
	TallyOmits: {
		says: (id, job) => `job ${id}/${job} was opened on chain, and the tally leaves its opening out`,
		hint: "Take it from the job's Revealed event.",
	},
	TallyEmpty: {
		says: (id, lot) => `no sealed replica of lot ${lot} of order ${id} awaits a decision`,
		hint: "Nothing to do: it is decided, or nobody has sealed a result.",
	},
	TallyMatches: {
		says: (given, needed) => `the tally brings ${given} seals and needs ${needed}`,
		hint: "Bring every sealed replica of the lot once, in the order of their jobs.",
	},

	// Challenges
	ArbiterMissing: {
		says: () => "this Market has no arbiter for this order, so nothing can be challenged",
		hint: "Check results before accepting them, or use replicas or a verifier.",
	},
	ArbiterOnly: {
		says: (caller, arbiter) => `only arbiter ${arbiter} may decide this, and ${caller} called`,
		hint: "Let the arbiter conclude the dispute.",
	},
	ResultMismatch: {
		says: (digest, given) => `the receipt is of result ${digest}, and the result sent has digest ${given}`,
		hint: "Take the result from the job's Submitted event.",
	},
	LeafOutsideJob: {
		says: (index, lot) => `task ${index} is not in lot ${lot}, which is the job's`,
		hint: "Challenge a task of this job.",
	},
	TaskNotInOrder: {
		says: (root, index) => `the proof does not lead from task ${index} to the order's task root ${root}`,
		hint: "Build it from the order's bundle.",
	},
	LeafNotInResult: {
		says: (root, index) => `the proof does not lead from task ${index} to the result root ${root}`,
		hint: "Build it from the result's published leaves; if they were never published, say it is withheld.",
	},
	LeafDisputed: {
		says: (dispute) => `this task of this result is disputed already, as ${dispute}`,
		hint: "Follow that dispute with `depin dispute show`.",
	},
	ChallengeTooLate: {
		says: (id, job, until) => `job ${id}/${job} could be challenged until ${until}`,
		hint: "Nothing to do: the window is over.",
	},
	ChallengesFull: {
		says: (id, job, most) => `job ${id}/${job} has ${most} open challenges, as many as it can from you`,
		hint: "Wait until one is decided.",
		retriable: true,
	},
	JobChallenged: {
		says: (id, job, challenges, until) =>
			`job ${id}/${job} has ${challenges} open challenges; nobody can settle it before ${until} unless all are decided`,
		hint: "Wait for the verdict.",
		retriable: true,
	},
	DisputeUnknown: { says: (dispute) => `no dispute ${dispute} is open`, hint: LOOK },
	DisputeElsewhere: {
		says: (dispute) => `dispute ${dispute} is about another job or result`,
		hint: "Give the terms and the receipt of the disputed job.",
	},
	DisputeAppealed: {
		says: (dispute) => `dispute ${dispute} was appealed before, and one appeal is all there is`,
		hint: "Wait for the second panel.",
	},
	DisputeLive: {
		says: (dispute) => `dispute ${dispute} is still to be decided`,
		hint: "Wait for the verdict; the bonds come back by themselves then, or by reclaim once the job has ended.",
	},
} as const satisfies Record<string, Explanation>;
