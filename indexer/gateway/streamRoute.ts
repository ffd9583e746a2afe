// `GET /v1/stream`: the market's events as they happen, over server-sent events. Each message's id is where the client
// stands; sent back as Last-Event-ID it goes on there, whichever gateway it reaches and however long it was away.
import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { routes as api, type EventJson } from "depin/indexer";
import { type Context, Hono } from "hono";
import { readAs, readAsked } from "../http/asked.ts";
import { Refusal } from "../http/refusal.ts";
import type { GatewayConfig } from "./config.ts";
import type { GatewayEnv } from "./env.ts";
import { type Feed, type FeedChange, FIRST, type Filter, isStart, older } from "./feed.ts";
import type { Head } from "./head.ts";
import type { Mirror } from "./mirror.ts";

/** A client that leaves so much untaken is cut off; it comes back with its Last-Event-ID. */
const MAX_UNSENT = 2 ** 20;
const SIGN_OF_LIFE_MS = 15_000;

type Parts = { feed: Feed; head: Head; mirror: Mirror; limits: GatewayConfig["limits"] };
export type Streams = { routes: Hono<GatewayEnv>; readonly size: number; close(): void };

export function createStreams({ feed, head, mirror, limits }: Parts): Streams {
	const open = new Set<ServerResponse>();
	const perClient = new Map<string, number>();
	const life = setInterval(() => {
		for (const response of open) write(response, ": still here\n\n");
	}, SIGN_OF_LIFE_MS);
	life.unref();

	function admit(c: Context<GatewayEnv>): ServerResponse {
		const client = c.get("client");
		const has = perClient.get(client) ?? 0;
		if (has >= limits.streamsPerClient || open.size >= limits.streams) {
			throw new Refusal(429, has >= limits.streamsPerClient ? `${has} streams are open already` : "too many streams", {
				headers: { "Retry-After": "10" },
			});
		}
		const response = c.env.outgoing as ServerResponse;
		open.add(response);
		perClient.set(client, has + 1);
		response.once("close", () => {
			open.delete(response);
			const left = (perClient.get(client) ?? 1) - 1;
			if (left > 0) perClient.set(client, left);
			else perClient.delete(client);
		});
		return response;
	}

	const routes = new Hono<GatewayEnv>().get("/v1/stream", async (c) => {
		const { rows, ...filter } = readAsked(c, api.stream);
		const last = readCursor(c.req.header("last-event-id"));
		if (!feed.ready) throw new Refusal(503, "the mirror is not there yet", { headers: { "Retry-After": "2" } });
		const response = admit(c);
		response.writeHead(200, {
			"Content-Type": "text/event-stream",
			"Cache-Control": "no-store",
			"X-Accel-Buffering": "no",
			"Access-Control-Allow-Origin": "*",
			"Depin-Indexed-Block": String(head.status?.block ?? "unknown"),
			"Depin-Indexer-Lag": String(head.lag ?? "unknown"),
		});
		response.write("retry: 1000\n\n");
		const began = feed.startOf(FIRST);
		serve({ feed, mirror, response, filter: filter as Filter, rows, last, began }).catch((error: unknown) => {
			// The head is sent: all that can be said now is that it ends here. The client comes back by itself.
			if (!(error instanceof Refusal)) console.error(error);
			response.destroy();
		});
		return RESPONSE_ALREADY_SENT;
	});
	return {
		routes,
		get size() {
			return open.size;
		},
		close() {
			clearInterval(life);
			for (const response of open) response.end();
		},
	};
}

type Serving = {
	feed: Feed;
	mirror: Mirror;
	response: ServerResponse;
	filter: Filter;
	rows: number;
	last: { id: string; cursor: string } | undefined;
	/** A cursor of the chain that its answer began with. */
	began: string;
};

/** A place between events: after this id, or right before it. */
type Place = { id: string; before: boolean };

async function serve(serving: Serving): Promise<void> {
	const { feed, mirror, response, filter, last } = serving;
	if (last === undefined) return serveFromNow(serving);
	let place: Place = { id: last.id, before: isStart(last.cursor) };
	const final = last.id < feed.from && !isStart(last.cursor);
	if (!feed.knows(last.cursor) || (final && !(await older.has(mirror, last.id, last.cursor)))) {
		// Of another chain: nothing of it stands.
		place = { id: FIRST, before: true };
		write(response, message("rewind", feed.startOf(FIRST), { from: FIRST }));
	}
	while (place.id < feed.from && !response.closed) {
		const until = feed.from;
		const range = { from: place.id, after: !place.before, before: until };
		for await (const page of older.pages(mirror, range, filter)) {
			for (const row of page) write(response, textOf(feed, row));
			const sent = page.at(-1);
			if (sent) place = { id: sent.id, before: false };
			if (response.writableNeedDrain) await drained(response);
			if (response.closed) return;
		}
		// No wait between this and joining: what is held follows what was just sent.
		if (feed.from === until) break;
	}
	if (place.id >= feed.from && !feed.has(last.cursor)) {
		place = { id: feed.from, before: true };
		write(response, message("rewind", feed.startOf(feed.from), { from: feed.from }));
	}
	join(serving, place);
}

/** The latest events that were asked for, then what happens. */
async function serveFromNow(serving: Serving): Promise<void> {
	const { feed, mirror, response, filter, rows } = serving;
	const held = () => feed.held.filter((row) => matches(row, filter));
	const lack = rows - held().length;
	const before = lack > 0 ? await older.last(mirror, feed.from, filter, lack) : [];
	for (const row of before) write(response, textOf(feed, row));
	// No wait from here on: more may be held by now, and all of it is sent in one go.
	const latest = rows === 0 ? undefined : held().at(-Math.min(rows, Math.max(1, held().length)));
	const [id = FIRST] = feed.cursor.split(".");
	join(serving, latest ? { id: latest.id, before: true } : { id, before: isStart(feed.cursor) });
}

function join(serving: Serving, { id, before }: Place): void {
	const { feed, response, began } = serving;
	if (response.closed) return;
	if (!feed.knows(began)) return void response.end();
	response.once(
		"close",
		feed.join((change) => send(serving, change)),
	);
	for (const row of feed.held) if (before ? row.id >= id : row.id > id) send(serving, { kind: "event", row });
	write(response, message("open", feed.cursor, {}));
}

function drained(response: ServerResponse): Promise<void> {
	return new Promise((settle) => {
		response.once("drain", settle);
		response.once("close", settle);
	});
}

const texts = new WeakMap<EventJson, string>();

/** The same for everybody, so it is written once. */
function textOf(feed: Feed, row: EventJson): string {
	const text = texts.get(row) ?? message("event", feed.cursorOf(row), row);
	texts.set(row, text);
	return text;
}

function send({ feed, response, filter }: Serving, change: FeedChange): void {
	if (change.kind === "over") response.end();
	else if (change.kind === "event") {
		if (matches(change.row, filter)) write(response, textOf(feed, change.row));
	} else if (change.kind === "rewind") {
		write(response, message("rewind", change.cursor, { from: change.from }));
	} else {
		const { block, lag, cursor } = change;
		write(response, message("head", cursor, { block, lag }));
	}
}

function matches(row: EventJson, filter: Filter): boolean {
	return Object.entries(filter).every(([name, value]) => row[name as keyof Filter] === value);
}

function message(name: string, id: string, data: object): string {
	return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

function write(response: ServerResponse, text: string): void {
	if (response.closed) return;
	// What one look at the mirror found goes out in one piece: a thousand clients are a thousand system calls a piece.
	if (response.writableCorked === 0) {
		response.cork();
		process.nextTick(() => response.uncork());
	}
	response.write(text);
	if (response.writableLength > MAX_UNSENT) response.destroy();
}

function readCursor(text: string | undefined): Serving["last"] {
	const { "Last-Event-ID": cursor } = readAs(api.stream.headers, { "Last-Event-ID": text || undefined });
	return cursor === undefined ? undefined : { id: cursor.slice(0, cursor.indexOf(".")), cursor };
}
