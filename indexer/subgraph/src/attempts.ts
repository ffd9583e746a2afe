// What a claim takes up on an order and on a node, and what the end of the attempt gives back.
import { BigInt, Bytes, Value } from "@graphprotocol/graph-ts";
import { Job, Order, Provider } from "../generated/schema";
import { count, total } from "./ledger";
import { counterOf, orderState } from "./pure";
import { nodeRow } from "./registry";

/** The order that an event names; nothing happens to an order before it is posted. */
export function orderRow(id: Bytes): Order {
	const row = Order.load(id);
	assert(row !== null, "order " + id.toHexString() + " appears in an event but was never posted");
	return row as Order;
}

export function jobId(order: Bytes, number: BigInt): string {
	return order.toHexString() + "/" + number.toString();
}

/** The job that an event names, after its first claim. */
export function jobRow(order: Bytes, number: BigInt): Job {
	const row = Job.load(jobId(order, number));
	assert(row !== null, "job " + jobId(order, number) + " appears in an event but was never claimed");
	return row as Job;
}

/** Moves one job of an order from one count to another. `from` is empty for a job never claimed before. */
export function move(order: Order, from: string, to: string): void {
	add(order, counterOf(from == "" ? "open" : from), -1);
	add(order, counterOf(to), 1);
	if (from == "open") add(order, "reopened", -1);
	if (to == "open") add(order, "reopened", 1);
	order.state = stateOf(order);
}

export function stateOf(order: Order): string {
	return orderState(!order.unclaimed.isZero(), !order.running.plus(order.sealed).plus(order.submitted).isZero());
}

/** Frees the node of a job and writes the outcome into its record, its owner's and the market's. */
export function leaveNode(address: Bytes, bond: BigInt, slash: BigInt, earned: BigInt, counts: string): void {
	const node = nodeRow(address);
	node.stake = node.stake.minus(slash);
	if (node.status != "jailed") node.locked = node.locked.minus(bond); // a jailed one has nothing locked
	node.open -= 1;
	node.earned = node.earned.plus(earned);
	node.slashed = node.slashed.plus(slash);
	count(node, counts);
	node.save();
	const provider = Provider.load(node.owner);
	if (provider !== null) {
		count(provider, counts);
		provider.save();
	}
	const market = total();
	count(market, counts);
	market.save();
}

function add(order: Order, name: string, by: i32): void {
	const before = order.get(name);
	if (name == "" || before === null) return;
	order.set(name, Value.fromBigInt(before.toBigInt().plus(BigInt.fromI32(by))));
}
