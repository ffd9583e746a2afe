// Lists by pages. A page starts after the keys of the last row of the one before, so none is missed or shown twice
// however many rows come or go meanwhile, and the last page costs no more than the first.

import { db } from "ponder:api";
import type { PageJson } from "depin/indexer";
import type { Context } from "hono";
import { and, asc, desc, gte, lt, type PgColumn, type PgTable, sql } from "ponder";
import { type KeyType, readCursor, writeCursor } from "./cursor.ts";

type SQL = ReturnType<typeof gte>;
/** By these columns, all the same way; the last one is a key that no two rows share. Each has an index. */
type Sorting<Row> = readonly [...(keyof Row & string)[]];
type Paging = { sort: string; limit: number; cursor?: string | undefined };
type Parts<Row, Item> = {
	where?: (SQL | undefined)[];
	/** By name without its sign. */
	sortings: Record<string, Sorting<Row>>;
	paging: Paging;
	itemOf: (row: Row) => Item;
};

/** Answers with a page of `table`, and a Link to the next one. */
export async function page<T extends PgTable, Item>(
	c: Context,
	table: T,
	{ where = [], sortings, paging: { sort, limit, cursor }, itemOf }: Parts<T["$inferSelect"], Item>,
): Promise<Response> {
	const descending = sort.startsWith("-");
	const names = sortings[descending ? sort.slice(1) : sort] ?? [];
	const columns = names.map((name) => (table as unknown as Record<string, PgColumn>)[name] as PgColumn);
	const keys = cursor && readCursor(cursor, sort, columns.map(typeOf));
	const rows: T["$inferSelect"][] = await db
		.select()
		.from(table as PgTable)
		.where(and(...where, keys ? beyond(columns, keys, descending) : undefined))
		.orderBy(...columns.map((column) => (descending ? desc(column) : asc(column))))
		.limit(limit + 1);
	const last = rows.length > limit ? rows[limit - 1] : undefined;
	const nextCursor =
		last === undefined
			? null
			: writeCursor(
					sort,
					names.map((name) => last[name]),
				);
	return answerPage(c, { items: rows.slice(0, limit).map(itemOf), nextCursor });
}

/** Answers with rows that were found otherwise. */
export function answerPage<Item>(c: Context, { items, nextCursor }: PageJson<Item>): Response {
	if (nextCursor !== null) {
		const { pathname, searchParams } = new URL(c.req.url);
		searchParams.set("cursor", nextCursor);
		c.header("Link", `<${pathname}?${searchParams}>; rel="next"`);
	}
	return c.json({ items, nextCursor });
}

/** Rows that happened between two blocks, both included; `column` starts with the block in 12 digits. */
export function happened(
	column: PgColumn,
	{ fromBlock, toBlock }: { fromBlock?: number | undefined; toBlock?: number | undefined },
): (SQL | undefined)[] {
	const start = (block: number) => `${String(block).padStart(12, "0")}-`;
	return [
		fromBlock === undefined ? undefined : gte(column, start(fromBlock)),
		toBlock === undefined ? undefined : lt(column, start(toBlock + 1)),
	];
}

const typeOf = (column: PgColumn) => column.columnType as KeyType;
const types: Record<KeyType, SQL> = {
	PgText: sql`text`,
	PgHex: sql`text`,
	PgEvmBigint: sql`numeric`,
	PgInteger: sql`integer`,
	PgDoublePrecision: sql`double precision`,
};

function beyond(columns: readonly PgColumn[], keys: readonly string[], descending: boolean): SQL {
	const left = sql.join([...columns], sql`, `);
	const right = sql.join(
		columns.map((column, index) => sql`${keys[index]}::${types[typeOf(column)]}`),
		sql`, `,
	);
	return descending ? sql`(${left}) < (${right})` : sql`(${left}) > (${right})`;
}
