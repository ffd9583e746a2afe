// `GET /v1/openapi.json` and `/docs`: what this API takes and gives, for programs and for people. Both are made once,
// from the routes that requests are read by, and ask nothing of anybody else.
import { createHash } from "node:crypto";
import { openApiDocument } from "depin/indexer";
import { type Context, Hono } from "hono";
import { etagOf, unchanged } from "./cache.ts";
import type { GatewayEnv } from "./env.ts";
import { referencePage, STYLE } from "./referencePage.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");
const POLICY = [
	"default-src 'none'",
	`style-src 'sha256-${sha256(STYLE)}'`,
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join("; ");

export function referenceRoutes(): Hono<GatewayEnv> {
	const api = openApiDocument();
	const document = kept(JSON.stringify(api), { "Content-Type": "application/json" });
	const page = kept(String(referencePage(api)), {
		"Content-Type": "text/html; charset=utf-8",
		"Content-Security-Policy": POLICY,
		"Referrer-Policy": "no-referrer",
	});
	return new Hono<GatewayEnv>().get("/v1/openapi.json", document).get("/docs", page);
}

function kept(body: string, headers: Record<string, string>): (c: Context) => Response {
	const etag = etagOf(Buffer.from(body));
	return (c) => {
		for (const [name, value] of Object.entries({ ...headers, ETag: etag, "Cache-Control": "no-cache" })) {
			c.header(name, value);
		}
		return unchanged(c.req.header("if-none-match"), etag) ? c.body(null, 304) : c.body(body);
	};
}
