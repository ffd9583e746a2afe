import type { z } from "zod";
import { IndexerAnswerError, IndexerProblemError, IndexerUnreachableError } from "../errors/indexer.ts";
import { problemSchema } from "./problems.ts";
import type { Route } from "./routes.ts";

export type IndexerConfig = {
	/** Base URL, without `/v1`. */
	url: string;
	/** Ends every request; default: 10 s a request. */
	signal?: AbortSignal;
	/** Sent as a bearer token, for a budget of one's own. */
	key?: string;
};

export type Asked = {
	params?: Record<string, string | number>;
	query?: Record<string, string | number | undefined>;
	body?: object;
};

const REQUEST_MS = 10_000;

/**
 * Asks one route. Amounts of the answer are bigint.
 * @throws {IndexerProblemError | IndexerAnswerError | IndexerUnreachableError}
 */
export async function request<R extends Route>(
	config: IndexerConfig,
	route: R,
	asked: Asked,
): Promise<z.output<R["answer"]>> {
	const { url: base, signal } = config;
	const url = urlOf(base, route, asked);
	const timeout = AbortSignal.timeout(REQUEST_MS);
	let response: Response;
	let said: unknown;
	try {
		response = await fetch(url, {
			method: route.method.toUpperCase(),
			signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
			headers: {
				...(config.key === undefined ? {} : { Authorization: `Bearer ${config.key}` }),
				...(asked.body === undefined ? {} : { "Content-Type": "application/json" }),
			},
			...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
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
	const parsed = route.answer.safeParse(said);
	if (!parsed.success) throw new IndexerAnswerError(url.href, parsed.error);
	return parsed.data as z.output<R["answer"]>;
}

function urlOf(base: string, { path }: Route, { params = {}, query = {} }: Asked): URL {
	const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
	const url = new URL(filled, base);
	for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, `${value}`);
	return url;
}
