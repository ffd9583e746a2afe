// Balances are nothing but the sum of payments; pure.ts says which kind changes what.
import { BigInt, Bytes, Entity, ethereum, Value } from "@graphprotocol/graph-ts";
import { Account, Payment, Total } from "../generated/schema";
import { changesOfGiver, changesOfMarket, changesOfTaker } from "./pure";
import { Subject, sequence } from "./timeline";

const AMOUNTS = [
	"free",
	"fees",
	"escrow",
	"staked",
	"deposited",
	"withdrawn",
	"spent",
	"refunded",
	"earned",
	"feesPaid",
	"bounties",
	"slashed",
	"bonded",
	"forfeited",
	"awarded",
];
const COUNTS = ["orders", "jobsOk", "jobsFailed", "jobsReopened", "jobsExpired", "jobsVoided"];

/** Writes one payment, part `part` of its event, and the balances it changes. A payment of nothing is not recorded. */
export function pay(
	event: ethereum.Event,
	part: i32,
	kind: string,
	amount: BigInt,
	from: Bytes | null,
	to: Bytes | null,
	about: Subject,
): void {
	if (amount.isZero()) return;
	const row = new Payment(sequence(event) + "-" + part.toString());
	row.kind = kind;
	row.from = from;
	row.to = to;
	row.amount = amount;
	row.order = about.order;
	row.number = about.number;
	row.node = about.node;
	row.dispute = about.dispute;
	row.block = event.block.number;
	row.time = event.block.timestamp;
	row.tx = event.transaction.hash;
	row.logIndex = event.logIndex.toI32();
	row.save();
	if (from !== null) credit(event, from, changesOfGiver(kind), amount);
	if (to !== null) credit(event, to, changesOfTaker(kind), amount);
	const market = total();
	change(market, changesOfMarket(kind), amount);
	market.save();
}

/** The market's own sums. */
export function total(): Total {
	const found = Total.load("market");
	if (found !== null) return found;
	const row = new Total("market");
	for (let index = 0; index < AMOUNTS.length; index++) row.set(AMOUNTS[index], Value.fromBigInt(BigInt.zero()));
	for (let index = 0; index < COUNTS.length; index++) row.set(COUNTS[index], Value.fromI32(0));
	row.treasury = BigInt.zero();
	row.pool = BigInt.zero();
	return row;
}

/** Adds one to a count of a row. */
export function count(row: Entity, name: string): void {
	const before = row.get(name);
	row.set(name, Value.fromI32((before === null ? 0 : before.toI32()) + 1));
}

function credit(event: ethereum.Event, address: Bytes, changes: string[], amount: BigInt): void {
	let row = Account.load(address);
	if (row === null) {
		row = new Account(address);
		for (let index = 0; index < AMOUNTS.length; index++) row.set(AMOUNTS[index], Value.fromBigInt(BigInt.zero()));
		row.sinceBlock = event.block.number;
		row.sinceTime = event.block.timestamp;
	}
	change(row, changes, amount);
	row.save();
	const market = total();
	change(market, changes, amount);
	market.save();
}

function change(row: Entity, changes: string[], amount: BigInt): void {
	for (let index = 0; index < changes.length; index++) {
		const name = changes[index].slice(1);
		const before = row.get(name);
		const held = before === null ? BigInt.zero() : before.toBigInt();
		const after = changes[index].startsWith("-") ? held.minus(amount) : held.plus(amount);
		row.set(name, Value.fromBigInt(after));
	}
}
