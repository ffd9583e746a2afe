// Classes, nodes and providers.

import { db } from "ponder:api";
import { classRecord, node, provider } from "ponder:schema";
import { nodeStatuses } from "depin";
import type { ClassJson, NodeJson, PageJson, ProviderJson } from "depin/indexer";
import { Hono } from "hono";
import { and, asc, eq, gt } from "ponder";
import type { Address } from "viem";
import { Problem } from "./problem.ts";
import { address, count, jsonOf, keys, oneOf, pageOf, readNothing, readPage, readPath } from "./query.ts";

export const registryRoutes = new Hono()
	.get("/classes", async (c) => {
		readNothing(c);
		const rows = await db.select().from(classRecord).orderBy(asc(classRecord.id));
		return c.json<{ items: ClassJson[] }>({ items: rows.map(jsonOf) });
	})
	.get("/nodes", async (c) => {
		const { filter, after, limit } = readPage(c, keys.address, {
			owner: address,
			class: count(0, 65_535),
			status: oneOf(nodeStatuses),
		});
		const rows = await db
			.select()
			.from(node)
			.where(
				and(
					filter.owner && eq(node.owner, filter.owner),
					filter.class === undefined ? undefined : eq(node.class, filter.class),
					filter.status && eq(node.status, filter.status),
					after === undefined ? undefined : gt(node.address, after as Address),
				),
			)
			.orderBy(asc(node.address))
			.limit(limit + 1);
		return c.json<PageJson<NodeJson>>(pageOf(rows, limit, (row) => row.address, jsonOf));
	})
	.get("/nodes/:address", async (c) => {
		readNothing(c);
		const { address: which } = readPath(c, { address });
		const [row] = await db.select().from(node).where(eq(node.address, which));
		if (!row) throw new Problem(404, `no node ${which} is registered up to the block this mirror has read`);
		return c.json<NodeJson>(jsonOf(row));
	})
	.get("/providers", async (c) => {
		const { after, limit } = readPage(c, keys.address, {});
		const rows = await db
			.select()
			.from(provider)
			.where(after === undefined ? undefined : gt(provider.address, after as Address))
			.orderBy(asc(provider.address))
			.limit(limit + 1);
		return c.json<PageJson<ProviderJson>>(pageOf(rows, limit, (row) => row.address, jsonOf));
	})
	.get("/providers/:address", async (c) => {
		readNothing(c);
		const { address: which } = readPath(c, { address });
		const [row] = await db.select().from(provider).where(eq(provider.address, which));
		if (!row) throw new Problem(404, `${which} has no nodes up to the block this mirror has read`);
		return c.json<ProviderJson>(jsonOf(row));
	});
