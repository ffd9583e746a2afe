// Replicas, disputes and what came of them, as the mirror's routes answer.
import { z } from "zod";
import { verdicts } from "../chain/disputes.ts";
import { address, amount, hash, whole } from "./values.ts";

const verdict = z.enum(verdicts);

/** A replica's result between its commit and the tally. Null until it is opened: what was in it. */
export const sealSchema = z.object({
	orderId: hash,
	number: whole,
	lot: whole,
	node: address,
	claimedAt: whole,
	committedAt: whole,
	stopped: z.boolean().describe("whether its consumer had asked it to stop"),
	commitment: hash,
	commitTx: hash,
	openedAt: whole.nullable(),
	openTx: hash.nullable(),
	salt: hash.nullable(),
	resultRoot: hash.nullable(),
	outputsDigest: hash.nullable(),
	statementHash: hash.nullable(),
	evidenceHash: hash.nullable(),
	shadowCommit: hash.nullable(),
	resultCid: z.string().nullable(),
	statementCid: z.string().nullable(),
	status: whole.nullable(),
	exitCode: z.int().nullable(),
	startedAt: whole.nullable(),
	finishedAt: whole.nullable(),
	billed: whole.nullable(),
});

/** What the tally of a lot's replicas came to. */
export const decisionSchema = z.object({
	orderId: hash,
	lot: whole,
	votes: whole.describe("that agreed; 0 without a quorum"),
	resultRoot: hash.nullable().describe("of the quorum; null without one"),
	status: whole.nullable(),
	decidedAt: whole,
	tx: hash,
});

export const challengeStates = ["open", "lapsed", "resolved", "reclaimed"] as const;

/** A task of a result that somebody disputes. The amounts after `verdict` say where stake and bonds went. */
export const challengeSchema = z.object({
	id: hash.describe("of the dispute"),
	orderId: hash,
	number: whole,
	node: address.describe("whose result it is"),
	challenger: address,
	arbiter: address,
	task: amount.describe("of all tasks of the order"),
	specDigest: hash,
	withheld: z.boolean().describe("the outputs were never published: outputDigest and status say nothing"),
	outputDigest: hash,
	status: whole.describe("of the task, as the result says"),
	bond: amount,
	deadline: whole.describe("from then on the job may be settled without a verdict"),
	appellant: address.nullable(),
	appealBond: amount.nullable(),
	appealedAt: whole.nullable(),
	state: z.enum(challengeStates).describe("lapsed: the job ended without its verdict, the bonds wait to be reclaimed"),
	verdict: verdict.nullable(),
	slashed: amount.nullable().describe("stake of the judged node"),
	toConsumer: amount.nullable().describe("compensation, beyond the job's refund"),
	toChallenger: amount.nullable().describe("bond and reward"),
	toAppellant: amount.nullable(),
	toOwner: amount.nullable().describe("of the judged node"),
	toJurors: amount.nullable(),
	toPool: amount.nullable(),
	challengedAt: whole,
	block: whole,
	tx: hash,
	endedAt: whole.nullable(),
	endTx: hash.nullable(),
});

/** A juror's seat, in the order in which they were drawn. */
export const jurorSchema = z.object({
	dispute: hash,
	round: whole,
	node: address,
	owner: address,
	commitment: hash.nullable(),
	committedAt: whole.nullable(),
	vote: verdict.nullable().describe('"inconclusive" abstained; null is sealed or silent'),
	digest: hash.nullable().describe("of the outputs it got"),
	revealedAt: whole.nullable(),
});

/** One round of a dispute before the drawn panel. Times are null until the jurors are seated. */
export const panelSchema = z.object({
	dispute: hash,
	round: whole.describe("1 is the appeal"),
	class: whole,
	openedAt: whole.describe("whoever was active then may be drawn"),
	rosterLength: whole,
	beaconRound: amount,
	fee: amount.describe("of a juror"),
	seated: whole.nullable(),
	dataBy: whole.nullable().describe('an "unavailable" committed earlier does not count'),
	commitBy: whole.nullable(),
	revealFrom: whole.nullable(),
	committed: whole,
	revealed: whole,
	verdict: verdict.nullable().describe("of the round that decided"),
	openTx: hash,
	jurors: z.array(jurorSchema),
});

export const slashReasons = ["silence", "withheld", "fraud", "jury"] as const;

/** Stake that a node lost. */
export const slashingSchema = z.object({
	id: z.string(),
	node: address,
	owner: address,
	reason: z.enum(slashReasons).describe("jury: a juror that stayed silent or voted against the verdict"),
	amount,
	orderId: hash,
	number: whole,
	dispute: hash.nullable(),
	block: whole,
	time: whole,
	tx: hash,
});

export type SealJson = z.input<typeof sealSchema>;
export type DecisionJson = z.input<typeof decisionSchema>;
export type ChallengeJson = z.input<typeof challengeSchema>;
export type PanelJson = z.input<typeof panelSchema>;
export type SlashingJson = z.input<typeof slashingSchema>;

export type IndexedChallenge = z.output<typeof challengeSchema>;
export type IndexedSlashing = z.output<typeof slashingSchema>;
