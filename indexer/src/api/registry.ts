// Classes, nodes and providers.

import { db } from "ponder:api";
import { classRecord, node, provider } from "ponder:schema";
import { type ClassJson, type NodeJson, type ProviderJson, routes } from "depin/indexer";
import { Hono } from "hono";
import { eq } from "ponder";
import { readAsked } from "../../http/asked.ts";
import { Refusal } from "../../http/refusal.ts";
import { page } from "./pages.ts";
import { jsonOf } from "./rows.ts";

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
		return c.json<NodeJson>(jsonOf(row));
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
