import { Hono } from "hono";
import { cors } from "hono/cors";
import { isAbort, oneLine } from "../runtime/errors.ts";
import type { Logger } from "../runtime/log.ts";
import { type ApiParts, apiRoutes } from "./api.ts";
import { requireToken } from "./auth.ts";
import { RequestError } from "./errors.ts";
import { gatewayRoutes } from "./gateway.ts";

/** The storage role's HTTP: the gateway and the relay to nodes for everybody, the rest for those with a token. */
export function storageApp(parts: ApiParts & { tokens: readonly string[]; log: Logger; relay: Hono }): Hono {
	const { store, metrics, tokens, log, relay } = parts;
	const app = new Hono();
	app.use(async function count(c, next) {
		await next();
		metrics.requests.inc({ route: routeOf(c.req.path), status: c.res.status });
	});
	// Any page may ask: content names itself, and what needs a token carries it in a header that no browser adds by itself.
	app.use(
		cors({ origin: "*", allowMethods: ["GET", "HEAD", "POST"], allowHeaders: ["authorization", "content-type"] }),
	);
	app.route("/", gatewayRoutes(store, log));
	app.route("/", relay);
	app.use("/v1/*", requireToken(tokens));
	app.route("/", apiRoutes(parts));
	app.onError((error, c) => {
		if (error instanceof RequestError) {
			if (error.status === 429) c.header("retry-after", "5");
			if (error.status === 401) c.header("www-authenticate", "Bearer");
			const problem = { title: error.code, status: error.status, detail: error.message };
			return c.json(problem, error.status, { "content-type": "application/problem+json" });
		}
		// Who hangs up in the middle of an upload gets no answer and is no fault of ours.
		if (c.req.raw.signal.aborted || isAbort(error))
			log.info({ path: c.req.path, cause: oneLine(error) }, "the client left");
		else log.error({ path: c.req.path, err: error }, "a request failed");
		const problem = { title: "internal", status: 500, detail: "this node failed; its log says why" };
		return c.json(problem, 500, { "content-type": "application/problem+json" });
	});
	return app;
}

/** A closed set: paths carry CIDs, and a label per CID would grow without end. */
function routeOf(path: string): string {
	if (path.startsWith("/ipfs/")) return "/ipfs";
	return ["/v1/car", "/v1/pins", "/v1/gc", "/v1/relay"].find((route) => path.startsWith(route)) ?? "other";
}
