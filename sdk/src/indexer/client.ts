import { z } from "zod";
import type { JobState, NodeStatus } from "../chain/state.ts";
import { IndexerAnswerError, IndexerProblemError, IndexerUnreachableError } from "../errors/indexer.ts";
import {
	accountSchema,
	classSchema,
	eventSchema,
	jobDetailSchema,
	jobSchema,
	marketSchema,
	nodeSchema,
	orderDetailSchema,
	orderSchema,
	type orderStates,
	pageSchema,
	paymentSchema,
	problemSchema,
	providerSchema,
	resultSchema,
	statusSchema,
} from "./types.ts";

export type IndexerConfig = {
	/** Base URL, without `/v1`. */
	url: string;
	/** Ends every request; default: 10 s a request. */
	signal?: AbortSignal;
};

/** `limit` 1 to 100, default 50; `cursor` from the page before. */
export type PageQuery = { cursor?: string; limit?: number };
export type OrderQuery = PageQuery & { consumer?: string; class?: number; state?: (typeof orderStates)[number] };
export type JobQuery = PageQuery & {
	orderId?: string;
	consumer?: string;
	provider?: string;
	node?: string;
	state?: JobState;
};
export type NodeQuery = PageQuery & { owner?: string; class?: number; status?: NodeStatus };
export type PaymentQuery = PageQuery & { account?: string; orderId?: string };
export type ResultQuery = PageQuery & { node?: string; orderId?: string };

const REQUEST_MS = 10_000;

/**
 * Reads of the mirror. What it says of money is a copy: before acting on an amount, read the chain.
 *
 * @example
 * const indexer = createIndexerClient({ url: "http://127.0.0.1:42069" });
 * const { items } = await indexer.orders({ consumer, state: "open" });
 */
export function createIndexerClient(config: IndexerConfig) {
	const read = <T extends z.ZodType>(
		schema: T,
		path: string,
		query: Record<string, string | number | undefined> = {},
	) => request(config, schema, path, query);
	return {
		status: () => read(statusSchema, "/v1/status"),
		market: () => read(marketSchema, "/v1/market"),
		account: (address: string) => read(accountSchema, `/v1/accounts/${address}`),
		providers: (query: PageQuery = {}) => read(pageSchema(providerSchema), "/v1/providers", query),
		provider: (address: string) => read(providerSchema, `/v1/providers/${address}`),
		nodes: (query: NodeQuery = {}) => read(pageSchema(nodeSchema), "/v1/nodes", query),
		node: (address: string) => read(nodeSchema, `/v1/nodes/${address}`),
		classes: () => read(z.object({ items: z.array(classSchema) }), "/v1/classes"),
		orders: (query: OrderQuery = {}) => read(pageSchema(orderSchema), "/v1/orders", query),
		order: (id: string) => read(orderDetailSchema, `/v1/orders/${id}`),
		events: (orderId: string, query: PageQuery = {}) =>
			read(pageSchema(eventSchema), `/v1/orders/${orderId}/events`, query),
		jobs: (query: JobQuery = {}) => read(pageSchema(jobSchema), "/v1/jobs", query),
		job: (orderId: string, number: number) => read(jobDetailSchema, `/v1/jobs/${orderId}/${number}`),
		results: (query: ResultQuery = {}) => read(pageSchema(resultSchema), "/v1/results", query),
		payments: (query: PaymentQuery = {}) => read(pageSchema(paymentSchema), "/v1/payments", query),
	};
}

export type IndexerClient = ReturnType<typeof createIndexerClient>;

async function request<T extends z.ZodType>(
	{ url: base, signal }: IndexerConfig,
	schema: T,
	path: string,
	query: Record<string, string | number | undefined>,
): Promise<z.output<T>> {
	const url = new URL(path, base);
	for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, `${value}`);
	const timeout = AbortSignal.timeout(REQUEST_MS);
	let response: Response;
	let body: unknown;
	try {
		response = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
		body = await response.json();
	} catch (cause) {
		signal?.throwIfAborted();
		throw new IndexerUnreachableError(base, cause);
	}
	if (!response.ok) {
		const problem = problemSchema.safeParse(body).data;
		throw new IndexerProblemError(url.href, response.status, problem?.title ?? response.statusText, problem?.detail);
	}
	const parsed = schema.safeParse(body);
	if (!parsed.success) throw new IndexerAnswerError(url.href, parsed.error);
	return parsed.data;
}
