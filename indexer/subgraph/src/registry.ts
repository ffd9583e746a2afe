// Classes, nodes and their stake.
import { Address, BigInt, Bytes } from "@graphprotocol/graph-ts";
import {
	ClassSet,
	MaxOpenSet,
	NodeActivated,
	NodeRegistered,
	NodeRetired,
	NodeSuspended,
	StakeChanged,
	StakeWithdrawn,
	UnstakeRequested,
} from "../generated/Market/Market";
import { ClassOwner, ClassRecord, Node, Provider } from "../generated/schema";
import { pay } from "./ledger";
import { keep, nodeSubject, Subject } from "./timeline";

export function onClassSet(event: ClassSet): void {
	keep(event, "ClassSet", new Subject());
	const id = event.params.class_.toString();
	let row = ClassRecord.load(id);
	if (row === null) {
		row = new ClassRecord(id);
		row.active = 0;
		row.owners = 0;
	}
	row.minStake = event.params.minStake;
	row.step = event.params.step;
	row.documentHash = event.params.documentHash;
	row.setBlock = event.block.number;
	row.setTx = event.transaction.hash;
	row.save();
}

export function onNodeRegistered(event: NodeRegistered): void {
	const address = event.params.node;
	const owner = event.params.owner;
	const about = nodeSubject(address, owner);
	keep(event, "NodeRegistered", about);
	pay(event, 0, "stake", event.params.stake, owner, null, about);
	let provider = Provider.load(owner);
	if (provider === null) {
		provider = new Provider(owner);
		provider.nodes = 0;
		provider.active = 0;
		provider.jobsOk = 0;
		provider.jobsFailed = 0;
		provider.jobsReopened = 0;
		provider.jobsExpired = 0;
		provider.jobsVoided = 0;
		provider.sinceBlock = event.block.number;
		provider.sinceTime = event.block.timestamp;
	}
	provider.nodes += 1;
	provider.save();

	const node = new Node(address);
	node.owner = owner;
	node.provider = owner;
	node.class_ = event.params.class_;
	node.status = "suspended";
	node.stake = event.params.stake;
	node.locked = BigInt.zero();
	node.unbonding = BigInt.zero();
	node.unbondAt = BigInt.zero();
	node.open = 0;
	node.maxOpen = event.params.maxOpen;
	node.activatedAt = event.params.activatedAt;
	node.rosterIndex = event.params.rosterIndex;
	node.metadata = event.params.metadata;
	node.uri = event.params.uri;
	node.jobsOk = 0;
	node.jobsFailed = 0;
	node.jobsReopened = 0;
	node.jobsExpired = 0;
	node.jobsVoided = 0;
	node.earned = BigInt.zero();
	node.slashed = BigInt.zero();
	node.registeredBlock = event.block.number;
	node.registeredTime = event.block.timestamp;
	node.registeredTx = event.transaction.hash;
	node.save();
	setStatus(address, "active");
}

export function onStakeChanged(event: StakeChanged): void {
	const about = nodeSubject(event.params.node, null);
	keep(event, "StakeChanged", about);
	const node = nodeRow(event.params.node);
	const added = event.params.stake.minus(node.stake);
	if (added.gt(BigInt.zero())) pay(event, 0, "stake", added, node.owner, null, about);
	node.stake = event.params.stake;
	node.locked = event.params.locked;
	node.save();
}

export function onUnstakeRequested(event: UnstakeRequested): void {
	keep(event, "UnstakeRequested", nodeSubject(event.params.node, null));
	const node = nodeRow(event.params.node);
	node.unbonding = event.params.amount;
	node.unbondAt = event.params.unbondAt;
	node.save();
}

export function onStakeWithdrawn(event: StakeWithdrawn): void {
	const owner = event.params.owner;
	const about = nodeSubject(event.params.node, owner);
	keep(event, "StakeWithdrawn", about);
	pay(event, 0, "unstake", event.params.amount, null, owner, about);
	const node = nodeRow(event.params.node);
	node.stake = node.stake.minus(event.params.amount);
	node.unbonding = BigInt.zero();
	node.unbondAt = BigInt.zero();
	node.save();
}

export function onMaxOpenSet(event: MaxOpenSet): void {
	keep(event, "MaxOpenSet", nodeSubject(event.params.node, null));
	const node = nodeRow(event.params.node);
	node.maxOpen = event.params.maxOpen;
	node.save();
}

export function onNodeSuspended(event: NodeSuspended): void {
	keep(event, "NodeSuspended", nodeSubject(event.params.node, null));
	setStatus(event.params.node, "suspended");
}

export function onNodeRetired(event: NodeRetired): void {
	keep(event, "NodeRetired", nodeSubject(event.params.node, null));
	setStatus(event.params.node, "retired");
}

export function onNodeActivated(event: NodeActivated): void {
	keep(event, "NodeActivated", nodeSubject(event.params.node, null));
	const node = nodeRow(event.params.node);
	node.activatedAt = event.params.activatedAt;
	node.save();
	setStatus(event.params.node, "active");
}

/** The row of a node that an event names; the market names no node before it is registered. */
export function nodeRow(address: Bytes): Node {
	const row = Node.load(address);
	assert(row !== null, "node " + address.toHexString() + " appears in an event but was never registered");
	return row as Node;
}

/** Writes a node's status and keeps the counts of active nodes and of their owners in step. */
export function setStatus(address: Address, status: string): void {
	const node = nodeRow(address);
	const change: i32 = (status == "active" ? 1 : 0) - (node.status == "active" ? 1 : 0);
	node.status = status;
	node.save();
	if (change == 0) return;

	const id = node.class_.toString();
	const held = id + "-" + node.owner.toHexString();
	let owner = ClassOwner.load(held);
	if (owner === null) {
		owner = new ClassOwner(held);
		owner.class_ = node.class_;
		owner.owner = node.owner;
		owner.active = 0;
	}
	owner.active += change;
	owner.save();
	const provider = Provider.load(node.owner);
	if (provider !== null) {
		provider.active += change;
		provider.save();
	}
	const row = ClassRecord.load(id);
	if (row === null) return;
	row.active += change;
	if (owner.active == 1 && change == 1) row.owners += 1;
	if (owner.active == 0) row.owners -= 1;
	row.save();
}
