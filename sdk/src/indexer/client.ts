import type { SignedHeartbeat } from "./heartbeat.ts";
import type * as asks from "./queries.ts";
import type { QuoteRequest } from "./quote.ts";
import { type Asked, type IndexerConfig, request } from "./request.ts";
import { type Route, routes } from "./routes.ts";
import type { SeriesQuery } from "./stats.ts";

/**
 * Reads of the mirror. What it says of money is a copy: before acting on an amount, read the chain.
 *
 * @example
 * const indexer = createIndexerClient({ url: "http://127.0.0.1:42070" });
 * const { items } = await indexer.orders({ consumer, state: "open" });
 */
export function createIndexerClient(config: IndexerConfig) {
	const ask = <R extends Route>(route: R, asked: Asked = {}) => request(config, route, asked);
	return {
		status: () => ask(routes.status),
		market: () => ask(routes.market),
		stats: (query: asks.ClassQuery = {}) => ask(routes.stats, { query }),
		series: (query: SeriesQuery) => ask(routes.series, { query }),
		events: (query: asks.EventQuery = {}) => ask(routes.events, { query }),
		orders: (query: asks.OrderQuery = {}) => ask(routes.orders, { query }),
		order: (id: string) => ask(routes.order, { params: { id } }),
		orderJobs: (id: string, query: asks.PartQuery = {}) => ask(routes.orderJobs, { params: { id }, query }),
		orderTasks: (id: string, query: asks.PartQuery = {}) => ask(routes.orderTasks, { params: { id }, query }),
		orderEvents: (id: string, query: asks.PartQuery = {}) => ask(routes.orderEvents, { params: { id }, query }),
		jobs: (query: asks.JobQuery = {}) => ask(routes.jobs, { query }),
		job: (id: string, n: number) => ask(routes.job, { params: { id, n } }),
		task: (id: string, n: number) => ask(routes.task, { params: { id, n } }),
		results: (query: asks.ResultQuery = {}) => ask(routes.results, { query }),
		challenges: (query: asks.ChallengeQuery = {}) => ask(routes.challenges, { query }),
		challenge: (id: string) => ask(routes.challenge, { params: { id } }),
		nodes: (query: asks.NodeQuery = {}) => ask(routes.nodes, { query }),
		node: (address: string) => ask(routes.node, { params: { address } }),
		slashings: (query: asks.SlashingQuery = {}) => ask(routes.slashings, { query }),
		providers: (query: asks.ProviderQuery = {}) => ask(routes.providers, { query }),
		provider: (address: string) => ask(routes.provider, { params: { address } }),
		classes: (query: asks.ClassQuery = {}) => ask(routes.classes, { query }),
		class: (id: number) => ask(routes.class, { params: { id } }),
		accounts: (query: asks.AccountQuery = {}) => ask(routes.accounts, { query }),
		account: (address: string) => ask(routes.account, { params: { address } }),
		payments: (query: asks.PaymentQuery = {}) => ask(routes.payments, { query }),
	};
}

/** What only the gateway in front of a mirror knows: who is alive, and what of an order they would take. */
export function createGatewayClient(config: IndexerConfig) {
	return {
		/** What amounts are counted in. */
		asset: () => request(config, routes.asset, {}),
		/** Who could take this order now, and what stands in the way. */
		quote: (order: QuoteRequest) => request(config, routes.quote, { body: order }),
		/** What a node said last of itself, while it counts. */
		heartbeat: (address: string) => request(config, routes.heartbeat, { params: { address } }),
		sendHeartbeat: (signed: SignedHeartbeat) =>
			request(config, routes.sendHeartbeat, { params: { address: signed.heartbeat.node }, body: signed }),
	};
}

export type IndexerClient = ReturnType<typeof createIndexerClient>;
