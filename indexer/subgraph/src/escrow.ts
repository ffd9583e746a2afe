// Money in and out of the market, and the parameters it is reckoned with.
import { BigInt, ethereum } from "@graphprotocol/graph-ts";
import { Deposited, ParamsSet, PausedUntil, Swept, TreasuryPaid, Withdrawn } from "../generated/Market/Market";
import { Parameter } from "../generated/schema";
import { pay, total } from "./ledger";
import { accountSubject, keep, Subject } from "./timeline";

export function onDeposited(event: Deposited): void {
	const account = event.params.account;
	keep(event, "Deposited", accountSubject(account, null));
	pay(event, 0, "deposit", event.params.amount, event.params.from, account, new Subject());
}

export function onWithdrawn(event: Withdrawn): void {
	const account = event.params.account;
	keep(event, "Withdrawn", accountSubject(account, null));
	pay(event, 0, "withdrawal", event.params.amount, account, event.params.to, new Subject());
}

export function onSwept(event: Swept): void {
	const account = event.params.account;
	keep(event, "Swept", accountSubject(account, null));
	const amount = event.params.toTreasury.plus(event.params.toPool);
	pay(event, 0, "sweep", amount, account, null, new Subject());
	const market = total();
	market.treasury = market.treasury.plus(event.params.toTreasury);
	market.pool = market.pool.plus(event.params.toPool);
	market.save();
}

export function onTreasuryPaid(event: TreasuryPaid): void {
	keep(event, "TreasuryPaid", new Subject());
	pay(event, 0, "treasury", event.params.amount, null, event.params.to, new Subject());
}

export function onParamsSet(event: ParamsSet): void {
	keep(event, "ParamsSet", new Subject());
	const params = event.params.params;
	set(event, "feeBps", BigInt.fromI32(params.feeBps));
	set(event, "minBondBps", BigInt.fromI32(params.minBondBps));
	set(event, "minJobEscrow", params.minJobEscrow);
}

export function onPausedUntil(event: PausedUntil): void {
	keep(event, "PausedUntil", new Subject());
	set(event, "pausedUntil", event.params.time);
}

function set(event: ethereum.Event, name: string, value: BigInt): void {
	const row = new Parameter(name);
	row.value = value;
	row.block = event.block.number;
	row.tx = event.transaction.hash;
	row.save();
}
