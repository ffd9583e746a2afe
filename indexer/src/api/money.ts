// Accounts, payments, and the market as a whole. Copies, all of them: before acting on an amount, read the chain.

import { db } from "ponder:api";
import { account, parameter, payment, total } from "ponder:schema";
import type { AccountJson, MarketJson, PageJson, PaymentJson } from "depin/indexer";
import { Hono } from "hono";
import { and, desc, eq, lt, or } from "ponder";
import { Problem } from "./problem.ts";
import { address, jsonOf, keys, orderId, pageOf, readNothing, readPage, readPath } from "./query.ts";

export const moneyRoutes = new Hono()
	.get("/accounts/:address", async (c) => {
		readNothing(c);
		const { address: which } = readPath(c, { address });
		const [row] = await db.select().from(account).where(eq(account.address, which));
		if (!row) throw new Problem(404, `${which} has neither paid nor received up to the block this mirror has read`);
		return c.json<AccountJson>(jsonOf(row));
	})
	.get("/payments", async (c) => {
		const { filter, after, limit } = readPage(c, keys.payment, { account: address, orderId });
		const { account: whose } = filter;
		const rows = await db
			.select()
			.from(payment)
			.where(
				and(
					whose && or(eq(payment.from, whose), eq(payment.to, whose)),
					filter.orderId && eq(payment.orderId, filter.orderId),
					after === undefined ? undefined : lt(payment.id, after),
				),
			)
			.orderBy(desc(payment.id))
			.limit(limit + 1);
		return c.json<PageJson<PaymentJson>>(pageOf(rows, limit, (row) => row.id, jsonOf));
	})
	.get("/market", async (c) => {
		readNothing(c);
		const [row] = await db.select().from(total);
		if (!row) throw new Problem(404, "nothing has happened in this market up to the block this mirror has read");
		const { id, ...totals } = row;
		const parameters = await db.select().from(parameter);
		return c.json<MarketJson>({
			totals: jsonOf(totals),
			parameters: Object.fromEntries(parameters.map(({ name, value }) => [name, value.toString()])),
		});
	});
