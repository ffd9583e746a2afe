// `POST /v1/quote` and `GET /v1/asset`: what a consumer asks before signing anything.
import { type AssetJson, type QuoteJson, routes } from "depin/indexer";
import { Hono } from "hono";
import { createPublicClient, erc20Abi, type Hex, http } from "viem";
import { readAs, readAsked } from "../http/asked.ts";
import { readJson } from "../http/body.ts";
import { Refusal } from "../http/refusal.ts";
import type { GatewayEnv } from "./env.ts";
import type { Head } from "./head.ts";
import type { Heartbeats } from "./heartbeats.ts";
import { quote } from "./quote.ts";
import type { Registry } from "./registry.ts";

const MAX_BYTES = 64 * 1024;
type Parts = { heartbeats: Heartbeats; head: Head; registry: Registry; rpcUrl: string };

export function quoteRoutes({ heartbeats, head, registry, rpcUrl }: Parts): Hono<GatewayEnv> {
	let asset: AssetJson | undefined;
	return new Hono<GatewayEnv>()
		.post("/v1/quote", async (c) => {
			readAsked(c, routes.quote);
			const question = readAs(routes.quote.body, await readJson(c, MAX_BYTES));
			// Read before the rows are, so that they are at least as new as it says.
			const block = head.status?.block ?? 0;
			const [nodes, history, auditBps] = await Promise.all([
				registry.nodes(),
				registry.history(question.class),
				registry.auditBps(),
			]);
			const candidates = heartbeats.live(Date.now()).flatMap(({ heartbeat }) => {
				const row = nodes.get(heartbeat.node);
				return row?.status === "active" && !heartbeat.draining ? [{ heartbeat, row }] : [];
			});
			return c.json<QuoteJson>(quote({ question, candidates, history, auditBps, block }));
		})
		.get("/v1/asset", async (c) => {
			readAsked(c, routes.asset);
			if (!head.status) throw new Refusal(503, "the mirror is not there yet", { headers: { "Retry-After": "5" } });
			asset ??= await readAsset(rpcUrl, head.status.asset);
			return c.json<AssetJson>(asset);
		});
}

async function readAsset(rpcUrl: string, address: Hex): Promise<AssetJson> {
	const chain = createPublicClient({ transport: http(rpcUrl, { timeout: 5_000, retryCount: 1 }) });
	try {
		const [symbol, decimals] = await Promise.all([
			chain.readContract({ address, abi: erc20Abi, functionName: "symbol" }),
			chain.readContract({ address, abi: erc20Abi, functionName: "decimals" }),
		]);
		return { address, symbol, decimals };
	} catch {
		// Whatever kept the chain from answering, there is nothing a visitor could do but wait.
		throw new Refusal(503, "the chain does not answer", { headers: { "Retry-After": "5" } });
	}
}
