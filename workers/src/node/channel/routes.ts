import { type Place, parsePlace, signLogLines } from "depin/channel";
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import type { Hex } from "viem";
import { isRetriable, oneLine } from "../../runtime/errors.ts";
import type { NodeContext } from "../context.ts";
import { isEnded, type Work, type WorkKey, workId } from "../works.ts";
import { createAskAccount, readGrant, requireConsumer } from "./access.ts";
import { createLogBook, type JobLog } from "./logBook.ts";
import { createLogStream } from "./logStream.ts";
import { ChannelRefusal } from "./refusal.ts";

/** Streams at once: on the node, so that readers never weigh on the work; on a job, so that one leaves room for others. */
const MOST_STREAMS = 64;
const MOST_STREAMS_OF_A_JOB = 4;

export type ChannelParts = Pick<NodeContext, "account" | "client" | "works" | "book" | "log">;

/** What a consumer may ask of the node that has their job. The same routes serve directly and through a relay. */
export function channelRoutes(parts: ChannelParts): Hono {
	const { account, client, works, log } = parts;
	const askAccount = createAskAccount(client);
	const streams = createStreamCount();
	const app = new Hono();
	// Any page may ask: what opens a log is the grant, and no cookie is involved.
	app.use(cors({ origin: "*", allowMethods: ["GET"], allowHeaders: ["Authorization", "Last-Event-ID"], maxAge: 600 }));
	app.get("/v1/jobs/:order/:job/logs", async (c) => {
		const key = readKey(c);
		const from = readPlace(c);
		const work = works.get(key);
		if (!work) throw new ChannelRefusal(404, "job-unknown", `this node has not claimed job ${workId(key)}`);
		const door = { orderId: key.orderId, node: account.address };
		const access = readGrant(c.req.header("authorization"), door, Date.now() / 1000);
		await requireConsumer(client.deployment, access, work.order.consumer, askAccount);
		const jobLog = logOf(parts, work);
		const body = createLogStream({
			log: jobLog,
			from,
			sign: (piece) => signLogLines(client.deployment, account, key, piece),
			onClose: streams.admit(key),
		});
		return c.body(body, 200, {
			"content-type": "text/event-stream",
			"cache-control": "no-store",
			// Proxies that collect an answer before they pass it on would show a live log when it is over.
			"x-accel-buffering": "no",
		});
	});
	app.notFound((c) => problem(c, 404, "not-found", "this channel serves /v1/jobs/<order>/<n>/logs"));
	app.onError((error, c) => {
		if (error instanceof ChannelRefusal) return problem(c, error.status, error.code, error.message);
		if (isRetriable(error)) return problem(c, 503, "not-ready", "the chain does not answer this node; try again");
		log.error({ cause: oneLine(error) }, "a request to the channel failed");
		return problem(c, 500, "internal", "this node failed; its log says why");
	});
	return app;
}

/** A job in hand has its log in memory; one that is over has none, and says so at once. */
function logOf({ book }: ChannelParts, work: Work): JobLog {
	const live = book.of(work);
	if (live) return live;
	if (!isEnded(work) && work.step !== "submitted" && work.step !== "submitting")
		throw new ChannelRefusal(503, "not-ready", "this node has just started; try again");
	const empty = createLogBook();
	const log = empty.open(work);
	empty.close(work, "ended");
	return log;
}

function readKey(c: Context): WorkKey {
	const [order = "", job = ""] = [c.req.param("order"), c.req.param("job")];
	if (!/^0x[0-9a-fA-F]{64}$/.test(order) || !/^\d{1,10}$/.test(job) || Number(job) >= 2 ** 32)
		throw new ChannelRefusal(400, "request-invalid", "name the job as <order id>/<number>");
	return { orderId: order.toLowerCase() as Hex, job: Number(job) };
}

function readPlace(c: Context): Place {
	const text = c.req.header("last-event-id");
	if (text === undefined) return { task: 0, line: 0 };
	const place = parsePlace(text);
	if (!place) throw new ChannelRefusal(400, "request-invalid", "Last-Event-ID is not an id of this stream");
	return place;
}

function problem(c: Context, status: ChannelRefusal["status"] | 500, title: string, detail: string): Response {
	const retry = status === 429 || status === 503 ? { "retry-after": "2" } : {};
	return c.json({ title, status, detail }, status, { "content-type": "application/problem+json", ...retry });
}

function createStreamCount() {
	let all = 0;
	const ofJob = new Map<string, number>();
	return {
		/** Counts one more; the answer takes it back, once. */
		admit(key: WorkKey): () => void {
			const id = workId(key);
			const has = ofJob.get(id) ?? 0;
			if (all >= MOST_STREAMS || has >= MOST_STREAMS_OF_A_JOB)
				throw new ChannelRefusal(429, "too-many-streams", "too many read this node's logs; close one or try again");
			all += 1;
			ofJob.set(id, has + 1);
			let open = true;
			return () => {
				if (!open) return;
				open = false;
				all -= 1;
				const left = (ofJob.get(id) ?? 1) - 1;
				if (left > 0) ofJob.set(id, left);
				else ofJob.delete(id);
			};
		},
	};
}
