// Balances are nothing but the sum of payments: each kind of payment says which amounts of whom it changes, here and
// nowhere else, so an account that differs from the chain can be traced to a payment that is missing or wrong.
import type { Context } from "ponder:registry";
import { account, payment, total } from "ponder:schema";
import type { Address, Hex } from "viem";
import { type Db, type Moment, momentOf, sequenceOf } from "./timeline.ts";

type PaymentKind = (typeof payment.$inferSelect)["kind"];

export type Payment = {
	kind: PaymentKind;
	/** Base units of the asset; a payment of nothing is not recorded. */
	amount: bigint;
	from?: Address;
	to?: Address;
	orderId?: Hex;
	number?: number;
	node?: Address;
	dispute?: Hex;
};

type Amounts = Omit<typeof account.$inferSelect, "address" | "sinceBlock" | "sinceTime">;
type Change = Partial<Record<keyof Amounts, 1n | -1n>>;
type Entry = { from?: Change; to?: Change; market?: Partial<Record<"treasury" | "pool", 1n | -1n>> };

const entries: Record<PaymentKind, Entry> = {
	deposit: { to: { free: 1n, deposited: 1n } },
	withdrawal: { from: { free: -1n, withdrawn: 1n } },
	escrow: { from: { free: -1n, escrow: 1n } },
	pay: { from: { escrow: -1n, spent: 1n }, to: { free: 1n, earned: 1n } },
	fee: { from: { escrow: -1n, spent: 1n }, to: { fees: 1n, feesPaid: 1n } },
	refund: { to: { escrow: -1n, free: 1n, refunded: 1n } },
	stake: { from: { free: -1n, staked: 1n } },
	unstake: { to: { staked: -1n, free: 1n } },
	slash: { from: { staked: -1n, slashed: 1n }, market: { pool: 1n } },
	bounty: { from: { staked: -1n, slashed: 1n }, to: { free: 1n, bounties: 1n } },
	sweep: { from: { fees: -1n } },
	treasury: { market: { treasury: -1n } },
	bond: { from: { free: -1n, bonded: 1n } },
	// A dispute's end: what comes in from bonds and stake goes out again under the same transaction.
	release: { to: { bonded: -1n, free: 1n } },
	forfeit: { from: { bonded: -1n, forfeited: 1n } },
	seizure: { from: { staked: -1n, slashed: 1n } },
	juror: { to: { free: 1n, awarded: 1n } },
	reward: { to: { free: 1n, awarded: 1n } },
	compensation: { to: { free: 1n, awarded: 1n } },
	remainder: { market: { pool: 1n } },
};

/** Writes the payments that one event stands for and brings the balances they change up to date. */
export async function pay({ db }: Pick<Context, "db">, event: Moment, payments: readonly Payment[]): Promise<void> {
	for (const [part, { kind, amount, ...refs }] of payments.entries()) {
		if (amount === 0n) continue;
		const { from, to, market } = entries[kind];
		await db.insert(payment).values({
			id: `${sequenceOf(event)}-${part}`,
			kind,
			amount,
			from: refs.from ?? null,
			to: refs.to ?? null,
			orderId: refs.orderId ?? null,
			number: refs.number ?? null,
			node: refs.node ?? null,
			dispute: refs.dispute ?? null,
			...momentOf(event),
		});
		if (from && refs.from) await credit(db, event, refs.from, times(from, amount));
		if (to && refs.to) await credit(db, event, refs.to, times(to, amount));
		if (market) await addToTotal(db, times(market, amount));
	}
}

/** Adds to the sums and counts of the whole market. */
export async function addToTotal(db: Db, change: Partial<Omit<typeof total.$inferSelect, "id">>): Promise<void> {
	await db
		.insert(total)
		.values({ ...noTotal, ...change })
		.onConflictDoUpdate((row) => sum(row, change));
}

const noAmounts: Amounts = {
	free: 0n,
	fees: 0n,
	escrow: 0n,
	staked: 0n,
	deposited: 0n,
	withdrawn: 0n,
	spent: 0n,
	refunded: 0n,
	earned: 0n,
	feesPaid: 0n,
	bounties: 0n,
	slashed: 0n,
	bonded: 0n,
	forfeited: 0n,
	awarded: 0n,
};
const noTotal: typeof total.$inferInsert = {
	id: "market",
	...noAmounts,
	treasury: 0n,
	pool: 0n,
	orders: 0,
	jobsOk: 0,
	jobsFailed: 0,
	jobsReopened: 0,
	jobsExpired: 0,
	jobsVoided: 0,
};

async function credit(db: Db, event: Moment, address: Address, change: Partial<Amounts>): Promise<void> {
	const { block, time } = momentOf(event);
	await db
		.insert(account)
		.values({ ...noAmounts, ...change, address, sinceBlock: block, sinceTime: time })
		.onConflictDoUpdate((row) => sum(row, change));
	await addToTotal(db, change);
}

function times<key extends string>(change: Partial<Record<key, bigint>>, amount: bigint): Partial<Record<key, bigint>> {
	const scaled = Object.entries<bigint | undefined>(change).map(([field, sign = 0n]) => [field, sign * amount]);
	return Object.fromEntries(scaled) as Partial<Record<key, bigint>>;
}

/** The fields of `change`, each added to the row's. */
export function sum<change extends Record<string, bigint | number | undefined>>(
	row: Record<keyof change, unknown>,
	change: change,
): change {
	const added = Object.entries(change).map(([field, by]) => {
		const before = row[field];
		return [field, typeof by === "bigint" ? (before as bigint) + by : (before as number) + (by ?? 0)];
	});
	return Object.fromEntries(added) as change;
}
