// Money in and out of the market, and the parameters it is reckoned with.
import { parameter } from "ponder:schema";
import { pay } from "./ledger.ts";
import { type Db, type Moment, momentOf, on } from "./timeline.ts";

on("Market:Deposited", async ({ event, context }) => {
	const { account, from, amount } = event.args;
	await pay(context, event, [{ kind: "deposit", from, to: account, amount }]);
});

on("Market:Withdrawn", async ({ event, context }) => {
	const { account, to, amount } = event.args;
	await pay(context, event, [{ kind: "withdrawal", from: account, to, amount }]);
});

on("Market:Swept", async ({ event, context }) => {
	const { account, toTreasury, toPool } = event.args;
	const sums = { treasury: toTreasury, pool: toPool };
	await pay(context, event, [{ kind: "sweep", from: account, amount: toTreasury + toPool }], sums);
});

on("Market:TreasuryPaid", async ({ event, context }) => {
	await pay(context, event, [{ kind: "treasury", to: event.args.to, amount: event.args.amount }]);
});

on("Market:ParamsSet", async ({ event, context }) => {
	for (const [name, value] of Object.entries(event.args.params)) await set(context.db, event, name, BigInt(value));
});

on("Market:PausedUntil", async ({ event, context }) => {
	await set(context.db, event, "pausedUntil", BigInt(event.args.time));
});

async function set(db: Db, event: Moment, name: string, value: bigint): Promise<void> {
	const { block, tx } = momentOf(event);
	await db.insert(parameter).values({ name, value, block, tx }).onConflictDoUpdate({ value, block, tx });
}
