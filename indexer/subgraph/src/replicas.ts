// Replicas of one lot: each sealed, opened once none can copy another any more, and decided together.
import { BigInt } from "@graphprotocol/graph-ts";
import { Committed, Revealed, Tallied } from "../generated/Market/Market";
import { Decision, Seal } from "../generated/schema";
import { jobId, jobRow, move, orderRow } from "./attempts";
import { cidOf, DAG_PB, RAW } from "./pure";
import { accountSubject, jobSubject, keep, sequence } from "./timeline";
import { fieldAt } from "./words";

export function onCommitted(event: Committed): void {
	const id = event.params.id;
	const number = event.params.job;
	keep(event, "Committed", jobSubject(id, number, event.params.node));
	const terms = orderRow(id);
	const job = jobRow(id, number);
	const row = new Seal(job.id);
	row.job = job.id;
	row.lot = number.div(BigInt.fromI32(terms.replicas));
	row.node = event.params.node;
	row.claimedAt = event.params.claimedAt;
	row.committedAt = event.params.committedAt;
	row.stopped = event.params.stopped;
	row.commitment = event.params.commitment;
	row.commitTx = event.transaction.hash;
	row.sequence = sequence(event);
	row.save();
	move(terms, job.state, "committed");
	terms.save();
	job.state = "committed";
	job.deadline = terms.postedAt.plus(terms.openFor).plus(terms.maxRun);
	job.save();
}

export function onRevealed(event: Revealed): void {
	const id = event.params.id;
	const number = event.params.job;
	const report = event.params.result;
	keep(event, "Revealed", jobSubject(id, number, event.params.node));
	const job = jobRow(id, number);
	job.state = "revealed";
	job.save();
	const row = Seal.load(job.id);
	if (row === null) return;
	row.openedAt = event.block.timestamp;
	row.openTx = event.transaction.hash;
	row.salt = event.params.salt;
	row.resultRoot = report.resultRoot;
	row.outputsDigest = report.outputsDigest;
	row.statementHash = report.statementHash;
	row.evidenceHash = report.evidenceHash;
	row.shadowCommit = report.shadowCommit;
	row.resultCid = cidOf(DAG_PB, report.outputsDigest);
	row.statementCid = cidOf(RAW, report.statementHash);
	row.status = fieldAt(report.outcome, 128, 8);
	// Two's complement of 32 bits.
	row.exitCode = BigInt.fromI32(fieldAt(report.outcome, 96, 32).toU32() as i32);
	row.startedAt = fieldAt(report.outcome, 64, 32);
	row.finishedAt = fieldAt(report.outcome, 32, 32);
	row.billed = fieldAt(report.outcome, 0, 32);
	row.save();
}

export function onTallied(event: Tallied): void {
	const id = event.params.id;
	keep(event, "Tallied", accountSubject(null, id));
	const row = new Decision(jobId(id, event.params.lot));
	row.order = id;
	row.lot = event.params.lot;
	row.votes = event.params.votes.toI32();
	if (row.votes > 0) {
		row.resultRoot = event.params.resultRoot;
		row.status = BigInt.fromI32(event.params.status);
	}
	row.decidedAt = event.block.timestamp;
	row.tx = event.transaction.hash;
	row.save();
}
