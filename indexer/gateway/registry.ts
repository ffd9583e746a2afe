// What the mirror says of nodes and of the class's last jobs, read ahead so that a quote waits for nothing.
import {
	type IndexedNode,
	jobSchema,
	marketSchema,
	nodeSchema,
	orderSchema,
	pageSchema,
	resultSchema,
} from "depin/indexer";
import type { z } from "zod";
import { Refusal } from "../http/refusal.ts";
import type { Mirror } from "./mirror.ts";
import type { ClassHistory } from "./quote.ts";

export type Registry = {
	/** Nodes by address, as of the last refresh. */
	nodes(): Promise<ReadonlyMap<string, IndexedNode>>;
	history(classIndex: number): Promise<ClassHistory>;
	/** Share of jobs that are audited, in 1/10000; 0 where the Market knows no audits. */
	auditBps(): Promise<number>;
};

/** Registration and prices of minutes ago would do; these few seconds spare the mirror. */
const FRESH_MS = 2_000;
const HISTORY_FRESH_MS = 10_000;
const PAGE = 100;

export function createRegistry(mirror: Mirror, now: () => number = () => performance.now()): Registry {
	const read = async <T extends z.ZodType>(schema: T, path: string): Promise<z.output<T>> => {
		const { status, body } = await mirror.ask({ path });
		if (status !== 200) throw new Refusal(502, `the mirror answered ${status} to ${path}`);
		return schema.parse(JSON.parse(Buffer.from(body).toString()));
	};
	const nodes = once(FRESH_MS, now, async () => {
		const found = new Map<string, IndexedNode>();
		const page = pageSchema(nodeSchema);
		for (let cursor = ""; ; ) {
			const { items, nextCursor } = await read(page, `/v1/nodes?limit=${PAGE}${cursor}`);
			for (const node of items) found.set(node.address, node);
			if (nextCursor === null) return found;
			cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
		}
	});
	const histories = new Map<number, () => Promise<ClassHistory>>();
	const audits = once(HISTORY_FRESH_MS, now, async () => {
		const { status, body } = await mirror.ask({ path: "/v1/market" });
		if (status === 404) return 0; // nothing has happened yet, so no parameter was set
		if (status !== 200) throw new Refusal(502, `the mirror answered ${status} to /v1/market`);
		return Number(marketSchema.parse(JSON.parse(Buffer.from(body).toString())).parameters["auditBps"] ?? 0n);
	});
	return {
		nodes,
		history(index) {
			const known = histories.get(index) ?? once(HISTORY_FRESH_MS, now, () => historyOf(read, index));
			if (histories.size < 1_000) histories.set(index, known);
			return known();
		},
		auditBps: audits,
	};
}

type Read = <T extends z.ZodType>(schema: T, path: string) => Promise<z.output<T>>;

async function historyOf(read: Read, index: number): Promise<ClassHistory> {
	const [orders, jobs, results] = await Promise.all([
		read(pageSchema(orderSchema), `/v1/orders?class=${index}&limit=${PAGE}`),
		read(pageSchema(jobSchema), `/v1/jobs?limit=${PAGE}`),
		read(pageSchema(resultSchema), `/v1/results?limit=${PAGE}`),
	]);
	const ofClass = new Set(orders.items.map(({ id }) => id));
	const claimed = jobs.items.filter(({ orderId }) => ofClass.has(orderId));
	const claimedAt = new Map(claimed.map(({ orderId, number, claimedAt: at }) => [`${orderId}/${number}`, at]));
	const starts = results.items.flatMap(({ orderId, number, startedAt }) => {
		const at = claimedAt.get(`${orderId}/${number}`);
		return at == null || startedAt < at ? [] : [startedAt - at];
	});
	return {
		claimSeconds: median(claimed.flatMap(({ claimDelay }) => (claimDelay === null ? [] : [claimDelay]))),
		containerSeconds: median(starts),
		samples: claimed.length,
	};
}

function median(values: readonly number[]): number | null {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** The same answer for `ms`, asked for once however many want it; a failure is not kept. */
function once<T>(ms: number, now: () => number, load: () => Promise<T>): () => Promise<T> {
	let kept: { at: number; value: Promise<T> } | undefined;
	return () => {
		if (kept && now() - kept.at < ms) return kept.value;
		const mine = { at: now(), value: load() };
		kept = mine;
		mine.value.catch(() => {
			if (kept === mine) kept = undefined;
		});
		return mine.value;
	};
}
