// Orders from posting to closing, and their jobs' claims. How a job ends is in outcomes.ts.
import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import { Beat, Claimed, Closed, Posted, Stopped } from "../generated/Market/Market";
import { Job, Order, RevokedOrder } from "../generated/schema";
import { jobId, jobRow, move, orderRow, stateOf } from "./attempts";
import { pay, total } from "./ledger";
import { cidOf, fieldOf, RAW, reversed, unitPrice } from "./pure";
import { nodeRow } from "./registry";
import { accountSubject, jobSubject, keep, sequence } from "./timeline";
import { fieldAt } from "./words";

export function onPosted(event: Posted): void {
	const id = event.params.id;
	const words = event.params.terms;
	const about = accountSubject(event.params.consumer, id);
	keep(event, "Posted", about);
	const row = new Order(id);
	row.consumer = addressAt(words.consumerSalt, 96);
	row.salt = fieldAt(words.consumerSalt, 0, 96);
	row.node = addressAt(words.nodeShape, 88);
	row.lots = fieldAt(words.nodeShape, 56, 32);
	row.tasksPerLot = fieldAt(words.nodeShape, 24, 32);
	row.replicas = fieldAt(words.nodeShape, 16, 8).toI32();
	row.quorum = fieldAt(words.nodeShape, 8, 8).toI32();
	row.metered = !fieldAt(words.nodeShape, 0, 8).isZero();
	row.arbiter = addressAt(words.arbiterTimes, 96);
	row.challengeFor = fieldAt(words.arbiterTimes, 64, 32);
	row.maxRun = fieldAt(words.arbiterTimes, 32, 32);
	row.postBy = fieldAt(words.arbiterTimes, 0, 32);
	row.verifier = addressAt(words.verifierTimes, 96);
	row.openFor = fieldAt(words.verifierTimes, 64, 32);
	row.rampFor = fieldAt(words.verifierTimes, 32, 32);
	row.beatEvery = fieldAt(words.verifierTimes, 0, 32);
	row.taskRoot = words.taskRoot;
	row.startPrice = fieldAt(words.price, 128, 96);
	row.maxPrice = fieldAt(words.price, 32, 96);
	row.failBps = fieldAt(words.price, 16, 16).toI32();
	row.class_ = fieldAt(words.price, 0, 16).toI32();
	row.bond = fieldAt(words.bondFee, 16, 96);
	row.feeBps = fieldAt(words.bondFee, 0, 16).toI32();
	row.manifest = words.manifest;
	row.manifestCid = cidOf(RAW, words.manifest);
	row.uri = event.params.uri;
	row.jobs = row.lots.times(BigInt.fromI32(row.replicas));
	row.jobEscrow = row.metered ? row.maxPrice.times(row.maxRun) : row.maxPrice;
	row.state = "open";
	row.closed = false;
	row.escrow = row.jobEscrow.times(row.jobs);
	row.unclaimed = row.jobs;
	row.reopened = BigInt.zero();
	row.running = BigInt.zero();
	row.sealed = BigInt.zero();
	row.submitted = BigInt.zero();
	row.paid = BigInt.zero();
	row.voided = BigInt.zero();
	row.spent = BigInt.zero();
	row.fees = BigInt.zero();
	row.refunded = BigInt.zero();
	row.postedAt = event.block.timestamp;
	row.postedBlock = event.block.number;
	row.postedTx = event.transaction.hash;
	row.sequence = sequence(event);
	row.save();
	pay(event, 0, "escrow", row.escrow, row.consumer, null, accountSubject(null, id));
	const market = total();
	market.orders += 1;
	market.save();
}

export function onClosed(event: Closed): void {
	const id = event.params.id;
	keep(event, "Closed", accountSubject(null, id));
	const row = Order.load(id);
	if (row === null) {
		const revoked = new RevokedOrder(id);
		revoked.block = event.block.number;
		revoked.time = event.block.timestamp;
		revoked.tx = event.transaction.hash;
		revoked.save();
		return;
	}
	pay(event, 0, "refund", event.params.refund, null, row.consumer, accountSubject(null, id));
	if (!row.reopened.isZero()) endReopened(row, event);
	row.voided = row.voided.plus(row.unclaimed);
	row.unclaimed = BigInt.zero();
	row.reopened = BigInt.zero();
	row.state = stateOf(row);
	row.closed = true;
	row.closedAt = event.block.timestamp;
	row.closedTx = event.transaction.hash;
	row.escrow = row.escrow.minus(event.params.refund);
	row.refunded = row.refunded.plus(event.params.refund);
	row.save();
}

export function onClaimed(event: Claimed): void {
	const id = event.params.id;
	const number = event.params.job;
	const address = event.params.node;
	keep(event, "Claimed", jobSubject(id, number, address));
	const terms = orderRow(id);
	const node = nodeRow(address);
	let row = Job.load(jobId(id, number));
	const before = row === null ? "" : "open";
	if (row === null) {
		row = new Job(jobId(id, number));
		row.order = id;
		row.number = number;
		row.consumer = terms.consumer;
		row.attempts = 0;
		row.challenges = 0;
		row.sequence = sequence(event);
	}
	row.attempts += 1;
	row.state = "running";
	row.provider = node.owner;
	row.node = address;
	row.stopped = false;
	row.claimDelay = event.params.claimDelay;
	row.unitPrice = unitPrice(terms.startPrice, terms.maxPrice, terms.rampFor, event.params.claimDelay);
	row.claimedAt = event.block.timestamp;
	row.deadline = event.params.deadline;
	row.claimTx = event.transaction.hash;
	row.submittedAt = null;
	row.digest = null;
	row.status = null;
	row.pay = null;
	row.submitTx = null;
	row.save();
	move(terms, before, "running");
	terms.save();
	node.open += 1;
	node.locked = node.locked.plus(terms.bond);
	node.save();
}

export function onBeat(event: Beat): void {
	keep(event, "Beat", jobSubject(event.params.id, event.params.job, null));
	const row = jobRow(event.params.id, event.params.job);
	row.deadline = event.params.deadline;
	row.save();
}

export function onStopped(event: Stopped): void {
	keep(event, "Stopped", jobSubject(event.params.id, event.params.job, null));
	const row = jobRow(event.params.id, event.params.job);
	row.deadline = event.params.deadline;
	row.stopped = true;
	row.save();
}

/** Jobs that were claimed once and are on offer again when their order is closed. */
function endReopened(order: Order, event: Closed): void {
	const jobs = order.claimed.load();
	for (let index = 0; index < jobs.length; index++) {
		const row = jobs[index];
		if (row.state != "open") continue;
		row.state = "void";
		row.refund = order.jobEscrow;
		row.endedAt = event.block.timestamp;
		row.endTx = event.transaction.hash;
		row.save();
	}
}

function addressAt(word: BigInt, from: i32): Bytes {
	return Bytes.fromUint8Array(reversed(fieldOf(word, from, 160)));
}
