// The market as a whole: its events, its sums, and how far this mirror has read them.

import { db } from "ponder:api";
import { arbiter, event, parameter, total } from "ponder:schema";
import { type EventJson, type MarketJson, routes, type StatusJson } from "depin/indexer";
import { Hono } from "hono";
import { eq, sql } from "ponder";
import type { Hex } from "viem";
import { readDeployment } from "../../deployment.ts";
import { readAsked } from "../../http/asked.ts";
import { Refusal } from "../../http/refusal.ts";
import { reachedBy } from "./checkpoint.ts";
import { happened, page } from "./pages.ts";
import { jsonOf } from "./rows.ts";

const deployment = readDeployment(process.env.DEPIN_DEPLOYMENT);

export const marketRoutes = new Hono()
	.get("/status", async (c) => {
		readAsked(c, routes.status);
		const { chainId, market, asset } = deployment;
		const lower = (address: Hex) => address.toLowerCase() as Hex;
		return c.json<StatusJson>({ chainId, market: lower(market), asset: lower(asset), ...(await indexed()) });
	})
	.get("/events", (c) => {
		const { orderId, node, dispute, account: whose, name, fromBlock, toBlock, ...paging } = readAsked(c, routes.events);
		return page(c, event, {
			where: [
				orderId && eq(event.orderId, orderId),
				node && eq(event.node, node),
				dispute && eq(event.dispute, dispute),
				whose && eq(event.account, whose),
				name === undefined ? undefined : eq(event.name, name),
				...happened(event.id, { fromBlock, toBlock }),
			],
			sortings: { time: ["id"] },
			paging,
			itemOf: (row): EventJson => jsonOf(row),
		});
	})
	.get("/market", async (c) => {
		readAsked(c, routes.market);
		const [row] = await db.select().from(total);
		if (!row) throw new Refusal(404, "nothing has happened in this market up to the block this mirror has read");
		const { id, ...totals } = row;
		const parameters = await db.select().from(parameter);
		const arbiters = await db.select().from(arbiter);
		return c.json<MarketJson>({
			totals: jsonOf(totals),
			parameters: Object.fromEntries(parameters.map(({ name, value }) => [name, value.toString()])),
			arbiters: arbiters.map(({ address }) => address),
		});
	});

/**
 * How far the mirror has read: number and unix time of the block. Ponder, started again on rows it has, takes back what was
 * not final yet but leaves its latest checkpoint where it was; until it is ready only the safe one is true.
 */
export async function indexed(): Promise<{ block: number; time: number }> {
	const { rows } = await db.execute<{ checkpoint: string }>(
		sql`select case value ->> 'is_ready' when '1' then latest_checkpoint else safe_checkpoint end as checkpoint
		    from _ponder_checkpoint, _ponder_meta where key = 'app'`,
	);
	return reachedBy(rows[0]?.checkpoint ?? "");
}
