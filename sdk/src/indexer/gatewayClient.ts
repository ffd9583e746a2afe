import type { z } from "zod";
import { IndexerAnswerError, IndexerProblemError, IndexerUnreachableError } from "../errors/indexer.ts";
import { assetSchema, type QuoteRequest, quoteSchema } from "./quote.ts";
import { problemSchema } from "./types.ts";

const REQUEST_MS = 10_000;

/** What only the gateway in front of a mirror knows: who is alive, and what of an order they would take. */
export function createGatewayClient(config: { url: string; signal?: AbortSignal }) {
	return {
		/** What amounts are counted in. */
		asset: () => request(config, assetSchema, "/v1/asset"),
		/** Who could take this order now, and what stands in the way. */
		quote: (order: QuoteRequest) => request(config, quoteSchema, "/v1/quote", order),
	};
}

async function request<T extends z.ZodType>(
	{ url: base, signal }: { url: string; signal?: AbortSignal },
	schema: T,
	path: string,
	body?: object,
): Promise<z.output<T>> {
	const url = new URL(path, base);
	const timeout = AbortSignal.timeout(REQUEST_MS);
	const post = { method: "POST", headers: { "Content-Type": "application/json" } };
	let response: Response;
	let said: unknown;
	try {
		response = await fetch(url, {
			signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
			...(body === undefined ? {} : { ...post, body: JSON.stringify(body) }),
		});
		said = await response.json();
	} catch (cause) {
		signal?.throwIfAborted();
		throw new IndexerUnreachableError(base, cause);
	}
	if (!response.ok) {
		const problem = problemSchema.safeParse(said).data;
		throw new IndexerProblemError(url.href, response.status, problem?.title ?? response.statusText, problem?.detail);
	}
	const parsed = schema.safeParse(said);
	if (!parsed.success) throw new IndexerAnswerError(url.href, parsed.error);
	return parsed.data;
}
