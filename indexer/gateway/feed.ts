// The market's events as the mirror has them now, and every change of that: what was added, and from where on what was
// said is void because the chain took blocks back. Whoever joins gets a consistent picture: nothing missed, nothing twice.
import { createHash } from "node:crypto";
import type { EventJson } from "depin/indexer";
import type { Head } from "./head.ts";
import type { Mirror } from "./mirror.ts";

export type FeedChange =
	| { kind: "event"; row: EventJson }
	/** Every event with this id or a later one is void; those that replace them follow. */
	| { kind: "rewind"; from: string; cursor: string }
	| { kind: "head"; block: number; lag: number | null; cursor: string }
	/** The chain is another one: who listens has to come back and say what was heard. */
	| { kind: "over" };

export type Feed = {
	/** Looks for news once and tells them. */
	poll(): Promise<void>;
	/** Ids from this one on are all held; older events are final, and the mirror's to give. */
	readonly from: string;
	/** Where the stream stands: the newest event held, or the start of what is held. */
	readonly cursor: string;
	readonly ready: boolean;
	/** Oldest first. */
	readonly held: readonly EventJson[];
	/** Tells each change from now on, until the returned function is called. */
	join(deliver: (change: FeedChange) => void): () => void;
	/** Whether a client that stands there has nothing that is void. */
	has(cursor: string): boolean;
	/** Whether a cursor was given out on this chain, and not on one that was there before. */
	knows(cursor: string): boolean;
	/** Where a client stands that has this event and all before it. */
	cursorOf(row: Mark): string;
	/** Where a client stands that has all events before this id. */
	startOf(id: string): string;
};

type Mark = Pick<EventJson, "id" | "tx" | "time">;

/** More blocks than any chain that Ponder follows takes back. */
const FINAL_AFTER = 256;
/** Events older than final that are kept, for those who were away for a moment. */
const KEPT = 5_000;
const PAGE = 100;
/** Before every event. */
export const FIRST = idAt(0);
/** Rows may become visible a moment after the block that has them. */
const LOOKS_AFTER_CHANGE = 3;
const HEAD_EVERY_MS = 1_000;

const COLUMNS = "id name orderId number node dispute account args block time tx logIndex";

export function createFeed({ mirror, head }: { mirror: Mirror; head: Head }): Feed {
	let rows: EventJson[] = [];
	let from: string | undefined;
	let looks = 0;
	let seen = "";
	let told = { at: 0, block: -1 };
	/** Which chain the events held are of. */
	let chain = "";
	/** What is held is of no use. */
	let stale = true;
	/** The mirror went back, or was away: it may have come back with another chain. */
	let doubtful = false;
	let reached = 0;
	const subscribers = new Set<(change: FeedChange) => void>();
	const tell = (change: FeedChange) => {
		for (const deliver of subscribers) deliver(change);
	};
	const cursorOf = (row: Mark) => `${placeOf(row)}.${chain}`;
	const startOf = (id: string) => `${id}.start.${chain}`;
	const cursor = () => {
		const last = rows.at(-1);
		return last ? cursorOf(last) : startOf(from ?? FIRST);
	};

	/** First id that may still be taken back. */
	function windowStart(): string {
		const start = idAt((head.status?.block ?? 0) - FINAL_AFTER);
		return from !== undefined && start < from ? from : start;
	}

	function add(more: readonly EventJson[]): void {
		for (const row of more) {
			rows.push(row);
			tell({ kind: "event", row });
		}
	}

	/** What is held and may change, against what the mirror says now. */
	async function verify(): Promise<void> {
		const start = windowStart();
		const marks = await readAll<Mark>(mirror, "id tx time", { from: start });
		const first = indexFrom(rows, start);
		const differs = (index: number) => !same(rows[first + index], marks[index]);
		const length = Math.max(rows.length - first, marks.length);
		const at = Array.from({ length }, (_, index) => index).find(differs);
		if (at === undefined) return;
		const [changed = ""] = [rows[first + at]?.id, marks[at]?.id].filter((id) => id !== undefined).toSorted();
		const fresh = await readAll<EventJson>(mirror, COLUMNS, { from: changed });
		const kept = indexFrom(rows, changed);
		if (kept < rows.length) {
			rows = rows.slice(0, kept);
			tell({ kind: "rewind", from: changed, cursor: cursor() });
		}
		add(fresh);
	}

	function trim(): void {
		const start = windowStart();
		const spare = rows.length - KEPT;
		if (spare < KEPT || (rows[spare]?.id ?? "") >= start) return;
		rows = rows.slice(spare);
		from = rows[0]?.id ?? start;
	}

	/**
	 * Makes sure that what is held is of the mirror's chain. While the mirror shows one that exists no more nothing is told;
	 * when it has another, everybody is sent away, and told on return what stands.
	 */
	async function follow(): Promise<boolean> {
		if (!head.status) return false;
		if (head.astray) {
			if (!stale) tell({ kind: "head", block: head.status.block, lag: null, cursor: cursor() });
			stale = true;
			return false;
		}
		const { block } = head.status;
		if (block < reached || !head.mirrorAnswers) doubtful = true;
		reached = block;
		if (!stale && !doubtful) return true;
		const first = await firstOf(mirror);
		if (!first) return false;
		if (stale || nameOf(first) !== chain) {
			const start = idAt(block - FINAL_AFTER);
			const fresh = await readAll<EventJson>(mirror, COLUMNS, { from: start });
			[rows, from, chain, stale] = [fresh, start, nameOf(first), false];
			tell({ kind: "over" });
		}
		doubtful = false;
		return true;
	}

	return {
		cursorOf,
		startOf,
		get from() {
			return from ?? "";
		},
		get cursor() {
			return cursor();
		},
		get ready() {
			return from !== undefined;
		},
		async poll() {
			if (!(await follow()) || !head.status || from === undefined) return;
			const now = `${head.status.block} ${head.status.time}`;
			if (now !== seen) looks = LOOKS_AFTER_CHANGE;
			seen = now;
			if (looks > 0) {
				looks -= 1;
				// What is new is told before what is known is checked again.
				const last = rows.at(-1)?.id;
				add(await readAll<EventJson>(mirror, COLUMNS, last === undefined ? { from } : { from: last, after: true }));
				await verify();
			}
			trim();
			const { block } = head.status;
			if (block === told.block || performance.now() - told.at < HEAD_EVERY_MS) return;
			told = { at: performance.now(), block };
			tell({ kind: "head", block, lag: head.lag ?? null, cursor: cursor() });
		},
		get held() {
			return rows;
		},
		join(deliver) {
			subscribers.add(deliver);
			return () => void subscribers.delete(deliver);
		},
		has: (wanted) => isStart(wanted) || rows.some((row) => cursorOf(row) === wanted),
		knows: (wanted) => wanted.endsWith(`.${chain}`),
	};
}

/** A place before an event rather than at one. Everything before it is final, so on its chain it is always good. */
export const isStart = (cursor: string): boolean => cursor.split(".")[1] === "start";

/** Names the transaction too, so that a replaced event is not taken for it. */
const placeOf = ({ id, tx }: Mark) => `${id}.${tx.slice(2, 14)}`;

/** A chain by the first event that the market has on it: one that starts anew has it at another time. */
const nameOf = ({ tx, time }: Mark) => createHash("sha256").update(`${tx} ${time}`).digest("hex").slice(0, 8);

/** Before every event of a block. */
function idAt(block: number): string {
	return `${String(Math.max(0, block)).padStart(12, "0")}-000000`;
}

function same(a: Mark | undefined, b: Mark | undefined): boolean {
	return a?.id === b?.id && a?.tx === b?.tx && a?.time === b?.time;
}

function indexFrom(rows: readonly Mark[], id: string): number {
	const index = rows.findLastIndex((row) => row.id < id);
	return index + 1;
}

type Range = { from: string; after?: boolean; before?: string };
export type Filter = Partial<Record<"orderId" | "node" | "account" | "name", string>>;
type Page<Row> = { items: Row[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } };

/** The mirror finds events by block; which of a block's are meant is decided here. */
const blockOf = (id: string) => Number(id.slice(0, 12));

/** By block and then by id is the order of ids, too; asked for this way the mirror starts right at the range. */
const orderOf = (filter: Filter) => (Object.keys(filter).length === 0 ? "block" : "id");

/** Events of a range in pages, oldest first, or newest first when told. */
async function* pages<Row extends Mark>(
	mirror: Mirror,
	columns: string,
	{ from, after = false, before }: Range,
	{ filter = {}, newest = false }: { filter?: Filter; newest?: boolean } = {},
): AsyncGenerator<Row[]> {
	const where = {
		...filter,
		block_gte: blockOf(from),
		...(before === undefined ? {} : { block_lte: blockOf(before) }),
	};
	const query = `query ($where: eventFilter, $limit: Int, $after: String) { events(where: $where, orderBy: "${orderOf(filter)}", orderDirection: "${newest ? "desc" : "asc"}", limit: $limit, after: $after) { items { ${columns} } pageInfo { endCursor hasNextPage } } }`;
	let cursor: string | null = null;
	for (;;) {
		const variables: Record<string, unknown> = { where, limit: PAGE, after: cursor };
		const { events }: { events: Page<Row> } = await mirror.query(query, variables);
		yield events.items.filter(({ id }) => (after ? id > from : id >= from) && (before === undefined || id < before));
		if (!events.pageInfo.hasNextPage) return;
		cursor = events.pageInfo.endCursor;
	}
}

async function readAll<Row extends Mark>(mirror: Mirror, columns: string, range: Range): Promise<Row[]> {
	const rows: Row[] = [];
	for await (const page of pages<Row>(mirror, columns, range)) rows.push(...page);
	return rows;
}

async function firstOf(mirror: Mirror): Promise<Mark | undefined> {
	for await (const [first] of pages<Mark>(mirror, "id tx time", { from: FIRST })) return first;
	return undefined;
}

/** Events of before what the feed holds: final, so they are read as often as somebody asks. */
export const older = {
	pages: (mirror: Mirror, range: Range, filter: Filter) => pages<EventJson>(mirror, COLUMNS, range, { filter }),
	async last(mirror: Mirror, before: string, filter: Filter, count: number): Promise<EventJson[]> {
		const rows: EventJson[] = [];
		for await (const page of pages<EventJson>(mirror, COLUMNS, { from: FIRST, before }, { filter, newest: true })) {
			rows.push(...page);
			if (rows.length >= count) break;
		}
		return rows.slice(0, count).reverse();
	},
	/** Whether the mirror has the very event that a cursor names. */
	async has(mirror: Mirror, id: string, cursor: string): Promise<boolean> {
		const query = "query ($id: String!) { event(id: $id) { id tx time } }";
		const { event } = await mirror.query<{ event: Mark | null }>(query, { id });
		return event !== null && cursor.startsWith(placeOf(event));
	},
};
