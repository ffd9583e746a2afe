// Classes, nodes and providers.

import { db } from "ponder:api";
import { classRecord, node, provider, slashing } from "ponder:schema";
import {
	type ClassJson,
	type NodeDetailJson,
	type NodeJson,
	type ProviderJson,
	routes,
	type SlashingJson,
} from "depin/indexer";
import { Hono } from "hono";
import { desc, eq } from "ponder";
import { readAsked } from "../../http/asked.ts";
import { Refusal } from "../../http/refusal.ts";
import { happened, page } from "./pages.ts";
import { jsonOf } from "./rows.ts";

/** Most losses of stake that a node shows with itself. */
const MAX_SLASHINGS_SHOWN = 100;

export const registryRoutes = new Hono()
	.get("/classes", (c) => {
		const paging = { ...readAsked(c, routes.classes), sort: "id" };
		return page(c, classRecord, { paging, sortings: { id: ["id"] }, itemOf: (row): ClassJson => jsonOf(row) });
	})
	.get("/classes/:id", async (c) => {
		const { id } = readAsked(c, routes.class);
		const [row] = await db.select().from(classRecord).where(eq(classRecord.id, id));
		if (!row) throw new Refusal(404, `no class ${id} was set up to the block this mirror has read`);
		return c.json<ClassJson>(jsonOf(row));
	})
	.get("/nodes", (c) => {
		const { owner, class: index, status, ...paging } = readAsked(c, routes.nodes);
		return page(c, node, {
			where: [
				owner && eq(node.owner, owner),
				index === undefined ? undefined : eq(node.class, index),
				status && eq(node.status, status),
			],
			sortings: { address: ["address"], stake: ["stake", "address"], earned: ["earned", "address"] },
			paging,
			itemOf: (row): NodeJson => jsonOf(row),
		});
	})
	.get("/nodes/:address", async (c) => {
		const { address } = readAsked(c, routes.node);
		const [row] = await db.select().from(node).where(eq(node.address, address));
		if (!row) throw new Refusal(404, `no node ${address} is registered up to the block this mirror has read`);
		const slashings = await db
			.select()
			.from(slashing)
			.where(eq(slashing.node, address))
			.orderBy(desc(slashing.id))
			.limit(MAX_SLASHINGS_SHOWN);
		return c.json<NodeDetailJson>({ ...jsonOf(row), slashings: slashings.map(jsonOf) });
	})
	.get("/slashings", (c) => {
		const { node: who, owner, reason, fromBlock, toBlock, ...paging } = readAsked(c, routes.slashings);
		return page(c, slashing, {
			where: [
				who && eq(slashing.node, who),
				owner && eq(slashing.owner, owner),
				reason && eq(slashing.reason, reason),
				...happened(slashing.id, { fromBlock, toBlock }),
			],
			sortings: { time: ["id"] },
			paging,
			itemOf: (row): SlashingJson => jsonOf(row),
		});
	})
	.get("/providers", (c) =>
		page(c, provider, {
			sortings: { address: ["address"], jobsOk: ["jobsOk", "address"] },
			paging: readAsked(c, routes.providers),
			itemOf: (row): ProviderJson => jsonOf(row),
		}),
	)
	.get("/providers/:address", async (c) => {
		const { address } = readAsked(c, routes.provider);
		const [row] = await db.select().from(provider).where(eq(provider.address, address));
		if (!row) throw new Refusal(404, `${address} has no nodes up to the block this mirror has read`);
		return c.json<ProviderJson>(jsonOf(row));
	});
