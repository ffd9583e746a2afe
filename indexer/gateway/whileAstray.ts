import { Hono } from "hono";
import { Refusal } from "../http/refusal.ts";
import type { GatewayEnv } from "./env.ts";
import type { Head } from "./head.ts";

/** Refuses whatever rests on rows, as long as those are of a chain that exists no more. */
export function whileAstray(head: Head): Hono<GatewayEnv> {
	return new Hono<GatewayEnv>().use("*", (_, next) => {
		if (!head.astray) return next();
		throw new Refusal(503, head.trouble ?? "", { headers: { "Retry-After": "30" } });
	});
}
