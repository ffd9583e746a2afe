// Every event joins the timeline before its handler draws conclusions from it.
import { BigInt, Bytes, ethereum } from "@graphprotocol/graph-ts";
import { Event } from "../generated/schema";
import { sequenceOf } from "./pure";

/** What an event is about, as far as it says. */
export class Subject {
	order: Bytes | null = null;
	number: BigInt | null = null;
	node: Bytes | null = null;
	dispute: Bytes | null = null;
	account: Bytes | null = null;
}

/** A job of an order, in the hands of a node. */
export function jobSubject(order: Bytes, number: BigInt, node: Bytes | null): Subject {
	const subject = new Subject();
	subject.order = order;
	subject.number = number;
	subject.node = node;
	return subject;
}

export function nodeSubject(node: Bytes, account: Bytes | null): Subject {
	const subject = new Subject();
	subject.node = node;
	subject.account = account;
	return subject;
}

export function accountSubject(account: Bytes | null, order: Bytes | null): Subject {
	const subject = new Subject();
	subject.account = account;
	subject.order = order;
	return subject;
}

export function sequence(event: ethereum.Event): string {
	return sequenceOf(event.block.number.toString(), event.logIndex.toString());
}

export function keep(event: ethereum.Event, name: string, subject: Subject): void {
	const row = new Event(sequence(event));
	row.name = name;
	row.order = subject.order;
	row.number = subject.number;
	row.node = subject.node;
	row.dispute = subject.dispute;
	row.account = subject.account;
	row.block = event.block.number;
	row.time = event.block.timestamp;
	row.tx = event.transaction.hash;
	row.logIndex = event.logIndex.toI32();
	row.save();
}
