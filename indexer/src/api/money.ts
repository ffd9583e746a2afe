// Accounts and payments. Copies, all of them: before acting on an amount, read the chain.

import { db } from "ponder:api";
import { account, payment } from "ponder:schema";
import { type AccountJson, type PaymentJson, routes } from "depin/indexer";
import { Hono } from "hono";
import { eq, or } from "ponder";
import { readAsked } from "../../http/asked.ts";
import { Refusal } from "../../http/refusal.ts";
import { happened, page } from "./pages.ts";
import { jsonOf } from "./rows.ts";

export const moneyRoutes = new Hono()
	.get("/accounts", (c) =>
		page(c, account, {
			sortings: {
				address: ["address"],
				spent: ["spent", "address"],
				earned: ["earned", "address"],
				staked: ["staked", "address"],
			},
			paging: readAsked(c, routes.accounts),
			itemOf: (row): AccountJson => jsonOf(row),
		}),
	)
	.get("/accounts/:address", async (c) => {
		const { address } = readAsked(c, routes.account);
		const [row] = await db.select().from(account).where(eq(account.address, address));
		if (!row) throw new Refusal(404, `${address} has neither paid nor received up to the block this mirror has read`);
		return c.json<AccountJson>(jsonOf(row));
	})
	.get("/payments", (c) => {
		const { account: whose, orderId, kind, dispute, fromBlock, toBlock, ...paging } = readAsked(c, routes.payments);
		return page(c, payment, {
			where: [
				whose && or(eq(payment.from, whose), eq(payment.to, whose)),
				orderId && eq(payment.orderId, orderId),
				kind && eq(payment.kind, kind),
				dispute && eq(payment.dispute, dispute),
				...happened(payment.id, { fromBlock, toBlock }),
			],
			sortings: { time: ["id"] },
			paging,
			itemOf: (row): PaymentJson => jsonOf(row),
		});
	});
