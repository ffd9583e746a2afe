import { onchainTable } from "ponder";

export const happened = onchainTable("happened", (t) => ({
	id: t.text().primaryKey(),
	name: t.text().notNull(),
	block: t.bigint().notNull(),
	tx: t.hex().notNull(),
}));

export const tally = onchainTable("tally", (t) => ({ name: t.text().primaryKey(), events: t.integer().notNull() }));
