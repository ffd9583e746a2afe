// How an attempt at a job ends: a result, then payment; or handed back, lost by silence, void.
import { BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";
import { Expired, Reopened, Settled, Submitted, Voided } from "../generated/Market/Market";
import { Decision, Order, Result } from "../generated/schema";
import { jobId, jobRow, leaveNode, move, orderRow } from "./attempts";
import { lapse, slashed } from "./disputes";
import { pay } from "./ledger";
import { cidOf, DAG_PB, RAW } from "./pure";
import { nodeRow } from "./registry";
import { jobSubject, keep, sequence } from "./timeline";
import { fieldAt } from "./words";

const OK = 0;
const BAD_SPEC = 5;
const INPUT_UNAVAILABLE = 6;

export function onSubmitted(event: Submitted): void {
	const id = event.params.id;
	const number = event.params.job;
	const report = event.params.result;
	keep(event, "Submitted", jobSubject(id, number, event.params.node));
	const terms = orderRow(id);
	const job = jobRow(id, number);
	const status = fieldAt(report.outcome, 128, 8);
	const row = new Result(jobId(id, number) + "/" + job.attempts.toString());
	row.job = job.id;
	row.attempt = job.attempts;
	row.node = event.params.node;
	row.digest = event.params.digest;
	row.resultRoot = report.resultRoot;
	row.outputsDigest = report.outputsDigest;
	row.statementHash = report.statementHash;
	row.evidenceHash = report.evidenceHash;
	row.shadowCommit = report.shadowCommit;
	row.resultCid = cidOf(DAG_PB, report.outputsDigest);
	row.statementCid = cidOf(RAW, report.statementHash);
	row.status = status.toI32();
	// Two's complement of 32 bits.
	row.exitCode = fieldAt(report.outcome, 96, 32).toU32() as i32;
	row.startedAt = fieldAt(report.outcome, 64, 32);
	row.finishedAt = fieldAt(report.outcome, 32, 32);
	row.billed = fieldAt(report.outcome, 0, 32);
	row.pay = event.params.pay;
	row.submittedAt = event.block.timestamp;
	row.block = event.block.number;
	row.tx = event.transaction.hash;
	row.sequence = sequence(event);
	row.save();
	const before = job.state;
	job.state = row.status == OK ? "submitted-ok" : "submitted-fail";
	job.status = status;
	job.digest = event.params.digest;
	job.pay = event.params.pay;
	job.submittedAt = event.block.timestamp;
	job.deadline = event.block.timestamp.plus(terms.challengeFor);
	job.submitTx = event.transaction.hash;
	job.save();
	move(terms, before, job.state);
	terms.save();
}

export function onSettled(event: Settled): void {
	const id = event.params.id;
	const number = event.params.job;
	const address = event.params.node;
	const about = jobSubject(id, number, address);
	keep(event, "Settled", about);
	const terms = orderRow(id);
	const job = jobRow(id, number);
	const owner = nodeRow(address).owner;
	const earned = event.params.pay.minus(event.params.fee);
	pay(event, 0, "pay", earned, terms.consumer, owner, about);
	pay(event, 1, "fee", event.params.fee, terms.consumer, owner, about);
	pay(event, 2, "refund", event.params.refund, null, terms.consumer, about);
	const status = job.status;
	const ok = status !== null && status.isZero() && agreed(terms, number);
	leaveNode(address, terms.bond, BigInt.zero(), earned, ok ? "jobsOk" : "jobsFailed");
	move(terms, job.state, "paid");
	terms.escrow = terms.escrow.minus(terms.jobEscrow);
	terms.spent = terms.spent.plus(event.params.pay);
	terms.fees = terms.fees.plus(event.params.fee);
	terms.refunded = terms.refunded.plus(event.params.refund);
	terms.save();
	lapse(job);
	job.state = "paid";
	job.pay = event.params.pay;
	job.fee = event.params.fee;
	job.refund = event.params.refund;
	job.endedAt = event.block.timestamp;
	job.endTx = event.transaction.hash;
	job.save();
}

export function onReopened(event: Reopened): void {
	const id = event.params.id;
	keep(event, "Reopened", jobSubject(id, event.params.job, event.params.node));
	leaveNode(event.params.node, orderRow(id).bond, BigInt.zero(), BigInt.zero(), "jobsReopened");
	reopen(id, event.params.job);
}

export function onVoided(event: Voided): void {
	const id = event.params.id;
	const number = event.params.job;
	const about = jobSubject(id, number, event.params.node);
	keep(event, "Voided", about);
	const terms = orderRow(id);
	const status = jobRow(id, number).status;
	const code = status === null ? OK : status.toI32();
	const handedBack = code == BAD_SPEC || code == INPUT_UNAVAILABLE;
	pay(event, 0, "refund", event.params.refund, null, terms.consumer, about);
	leaveNode(event.params.node, terms.bond, BigInt.zero(), BigInt.zero(), handedBack ? "jobsReopened" : "jobsVoided");
	end(event, id, number, event.params.refund);
}

export function onExpired(event: Expired): void {
	const id = event.params.id;
	const number = event.params.job;
	const about = jobSubject(id, number, event.params.node);
	keep(event, "Expired", about);
	const terms = orderRow(id);
	const owner = nodeRow(event.params.node).owner;
	const slash = event.params.slash;
	const bounty = event.params.bounty;
	const refund = event.params.reopened ? BigInt.zero() : terms.jobEscrow;
	pay(event, 0, "slash", slash.minus(bounty), owner, null, about);
	pay(event, 1, "bounty", bounty, owner, event.params.keeper, about);
	pay(event, 2, "refund", refund, null, terms.consumer, about);
	leaveNode(event.params.node, terms.bond, slash, BigInt.zero(), "jobsExpired");
	slashed(event, about, owner, "silence", slash);
	if (event.params.reopened) reopen(id, number);
	else end(event, id, number, refund);
}

/** Without a quorum each replica is paid a failure's share, whatever it reported. */
function agreed(terms: Order, number: BigInt): boolean {
	if (terms.replicas == 1) return true;
	const decided = Decision.load(jobId(terms.id, number.div(BigInt.fromI32(terms.replicas))));
	return decided !== null && decided.votes > 0;
}

/** Puts a job back on offer; the node that had it may not claim it again. */
function reopen(order: Bytes, number: BigInt): void {
	const job = jobRow(order, number);
	const terms = orderRow(order);
	move(terms, job.state, "open");
	terms.save();
	job.state = "open";
	job.lastFailedBy = job.node;
	job.node = null;
	job.provider = null;
	job.deadline = null;
	job.claimedAt = null;
	job.claimDelay = null;
	job.unitPrice = null;
	job.stopped = false;
	job.save();
}

/** Ends a job unpaid; its escrow went back to the consumer. */
function end(event: ethereum.Event, order: Bytes, number: BigInt, refund: BigInt): void {
	const job = jobRow(order, number);
	const terms = orderRow(order);
	move(terms, job.state, "void");
	terms.escrow = terms.escrow.minus(refund);
	terms.refunded = terms.refunded.plus(refund);
	terms.save();
	lapse(job);
	job.state = "void";
	job.refund = refund;
	job.endedAt = event.block.timestamp;
	job.endTx = event.transaction.hash;
	job.save();
}
