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
type TotalChange = Partial<Omit<typeof total.$inferSelect, "id">>;
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

/**
 * Writes the payments that one event stands for and brings the balances they change up to date, each row once.
 * @param counted what the event adds to the market's totals beside them
 */
export async function pay(
	{ db }: Pick<Context, "db">,
	event: Moment,
	payments: readonly Payment[],
	counted: TotalChange = {},
): Promise<void> {
	const balances = new Map<Address, Partial<Amounts>>();
	const totals: TotalChange = { ...counted };
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
		for (const [address, change] of [[refs.from, from] as const, [refs.to, to] as const]) {
			if (!address || !change) continue;
			const balance = balances.get(address) ?? {};
			balances.set(address, balance);
			add(balance, change, amount);
			add(totals, change, amount);
		}
		if (market) add(totals, market, amount);
	}
	for (const [address, change] of balances) await credit(db, event, address, change);
	await addToTotal(db, totals);
}

/** Adds to the sums and counts of the whole market. */
export async function addToTotal(db: Db, change: TotalChange): Promise<void> {
	if (Object.keys(change).length === 0) return;
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
}

function add(sums: Record<string, unknown>, change: Record<string, bigint>, amount: bigint): void {
	for (const [field, sign] of Object.entries(change)) sums[field] = ((sums[field] as bigint) ?? 0n) + sign * amount;
}

/** The fields of `change`, each added to the row's. */
export function sum<change extends Record<string, bigint | number | undefined>>(
	row: Record<keyof change, unknown>,
	change: change,
): change {
	const added: Record<string, unknown> = {};
	for (const [field, by] of Object.entries(change))
		added[field] = typeof by === "bigint" ? (row[field] as bigint) + by : (row[field] as number) + (by ?? 0);
	return added as change;
}
