// Disputes about results, from challenge to verdict, and what a verdict does to stakes and bonds.
import { BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";
import {
	Appealed,
	ArbiterEnabled,
	Challenged,
	JurorPaid,
	NodeJailed,
	NodeSlashed,
	Reclaimed,
	Resolved,
} from "../generated/Market/Market";
import { Arbiter, Challenge, Job, Slashing } from "../generated/schema";
import { jobRow, orderRow } from "./attempts";
import { pay } from "./ledger";
import { verdictName } from "./pure";
import { nodeRow, setStatus } from "./registry";
import { keep, nodeSubject, Subject, sequence } from "./timeline";

export function onArbiterEnabled(event: ArbiterEnabled): void {
	keep(event, "ArbiterEnabled", new Subject());
	const row = new Arbiter(event.params.arbiter);
	row.block = event.block.number;
	row.time = event.block.timestamp;
	row.tx = event.transaction.hash;
	row.save();
}

export function onChallenged(event: Challenged): void {
	const job = jobRow(event.params.id, event.params.job);
	const row = new Challenge(event.params.dispute);
	const judged = job.node;
	assert(judged !== null, "job " + job.id + " is challenged but nobody ran it");
	row.job = job.id;
	row.order = job.order;
	row.number = job.number;
	row.node = judged as Bytes;
	row.challenger = event.params.challenger;
	row.arbiter = event.params.arbiter;
	row.task = event.params.index;
	row.specDigest = event.params.specDigest;
	row.withheld = event.params.withheld;
	row.outputDigest = event.params.outputDigest;
	row.status = event.params.status;
	row.bond = event.params.bond;
	row.deadline = event.params.deadline;
	row.state = "open";
	row.challengedAt = event.block.timestamp;
	row.block = event.block.number;
	row.tx = event.transaction.hash;
	row.sequence = sequence(event);
	row.save();
	keep(event, "Challenged", by(aboutDispute(row, null), row.challenger));
	pay(event, 0, "bond", row.bond, row.challenger, null, aboutDispute(row, row.node));
	job.challenges += 1;
	job.deadline = row.deadline;
	job.save();
}

export function onAppealed(event: Appealed): void {
	const row = challengeRow(event.params.dispute);
	keep(event, "Appealed", by(aboutDispute(row, null), event.params.appellant));
	pay(event, 0, "bond", event.params.bond, event.params.appellant, null, aboutDispute(row, row.node));
	row.appellant = event.params.appellant;
	row.appealBond = event.params.bond;
	row.appealedAt = event.block.timestamp;
	row.save();
}

export function onJurorPaid(event: JurorPaid): void {
	const about = aboutDispute(challengeRow(event.params.dispute), event.params.node);
	keep(event, "JurorPaid", about);
	pay(event, 0, "juror", event.params.fee, null, nodeRow(event.params.node).owner, about);
}

export function onNodeSlashed(event: NodeSlashed): void {
	const entry = challengeRow(event.params.dispute);
	const about = aboutDispute(entry, event.params.node);
	keep(event, "NodeSlashed", about);
	const node = nodeRow(event.params.node);
	const amount = event.params.amount;
	const judged = entry.node.equals(event.params.node);
	pay(event, 0, judged ? "seizure" : "slash", amount, node.owner, null, about);
	node.stake = node.stake.minus(amount);
	node.unbonding = event.params.unbonding;
	node.slashed = node.slashed.plus(amount);
	node.save();
	slashed(event, about, node.owner, judged ? "withheld" : "jury", amount);
}

/** The stake's way is told by the verdict that stands after it, which says of which dispute. */
export function onNodeJailed(event: NodeJailed): void {
	keep(event, "NodeJailed", nodeSubject(event.params.node, null));
	const node = nodeRow(event.params.node);
	node.stake = BigInt.zero();
	node.locked = BigInt.zero();
	node.unbonding = BigInt.zero();
	node.slashed = node.slashed.plus(event.params.slashed);
	node.jailedAt = event.block.timestamp;
	node.save();
	setStatus(event.params.node, "jailed");
}

export function onResolved(event: Resolved): void {
	const split = event.params.split;
	const row = challengeRow(event.params.dispute);
	const verdict = verdictName(event.params.verdict);
	const about = aboutDispute(row, row.node);
	keep(event, "Resolved", aboutDispute(row, null));
	const owner = nodeRow(row.node).owner;
	const back = split.toChallenger.lt(row.bond) ? split.toChallenger : row.bond;
	const appellant = row.appellant;
	const appealBond = row.appealBond;
	if (verdict == "invalid") {
		pay(event, 0, "seizure", split.slashed, owner, null, about);
		slashed(event, about, owner, "fraud", split.slashed);
	}
	pay(event, 1, "release", back, null, row.challenger, about);
	pay(event, 2, "forfeit", row.bond.minus(back), row.challenger, null, about);
	if (appellant !== null && appealBond !== null) {
		pay(event, 3, "release", split.toAppellant, null, appellant, about);
		pay(event, 4, "forfeit", appealBond.minus(split.toAppellant), appellant, null, about);
	}
	pay(event, 5, "reward", split.toChallenger.minus(back), null, row.challenger, about);
	pay(event, 6, "compensation", split.toConsumer, null, orderRow(row.order).consumer, about);
	pay(event, 7, "compensation", split.toOwner, null, owner, about);
	pay(event, 8, "remainder", split.toPool, null, null, about);
	if (verdict == "valid" || verdict == "inconclusive") {
		const job = jobRow(row.order, row.number);
		job.challenges -= 1;
		job.deadline = event.params.settleableFrom;
		job.save();
	}
	row.slashed = split.slashed;
	row.toConsumer = split.toConsumer;
	row.toChallenger = split.toChallenger;
	row.toAppellant = split.toAppellant;
	row.toOwner = split.toOwner;
	row.toJurors = split.toJurors;
	row.toPool = split.toPool;
	row.verdict = verdict;
	finish(row, "resolved", event);
}

export function onReclaimed(event: Reclaimed): void {
	const row = challengeRow(event.params.dispute);
	const about = aboutDispute(row, row.node);
	keep(event, "Reclaimed", by(aboutDispute(row, null), event.params.challenger));
	pay(event, 0, "release", event.params.bond, null, event.params.challenger, about);
	pay(event, 1, "release", event.params.appealBond, null, event.params.appellant, about);
	finish(row, "reclaimed", event);
}

/** The dispute that an event names; nothing happens to one before it is opened. */
export function challengeRow(id: Bytes): Challenge {
	const row = Challenge.load(id);
	assert(row !== null, "dispute " + id.toHexString() + " appears in an event but was never opened");
	return row as Challenge;
}

/** What happens to a dispute happens to its job. */
export function aboutDispute(row: Challenge, node: Bytes | null): Subject {
	const subject = new Subject();
	subject.order = row.order;
	subject.number = row.number;
	subject.node = node;
	subject.dispute = row.id;
	return subject;
}

/** Disputes of a job that ended without their verdict: all that is left to them is to take their bonds back. */
export function lapse(job: Job): void {
	if (job.challenges == 0) return;
	const disputes = job.disputes.load();
	for (let index = 0; index < disputes.length; index++) {
		const row = disputes[index];
		if (row.state != "open") continue;
		row.state = "lapsed";
		row.save();
	}
	job.challenges = 0;
}

/** Stake lost, unless there was none. */
export function slashed(event: ethereum.Event, about: Subject, owner: Bytes, reason: string, amount: BigInt): void {
	const node = about.node;
	const order = about.order;
	const number = about.number;
	if (amount.isZero() || node === null || order === null || number === null) return;
	const row = new Slashing(sequence(event));
	row.node = node;
	row.owner = owner;
	row.reason = reason;
	row.amount = amount;
	row.order = order;
	row.number = number;
	row.dispute = about.dispute;
	row.block = event.block.number;
	row.time = event.block.timestamp;
	row.tx = event.transaction.hash;
	row.save();
}

function by(subject: Subject, account: Bytes): Subject {
	subject.account = account;
	return subject;
}

function finish(row: Challenge, state: string, event: ethereum.Event): void {
	row.state = state;
	row.endedAt = event.block.timestamp;
	row.endTx = event.transaction.hash;
	row.save();
}
