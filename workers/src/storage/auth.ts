import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { RequestError } from "./errors.ts";

/** Lets a request through when it bears one of the tokens. Takes the same time whichever is right or how much of it. */
export function requireToken(tokens: readonly string[]): MiddlewareHandler {
	const known = tokens.map(digest);
	return async function bearer(c, next) {
		const [scheme, token = "", ...rest] = (c.req.header("authorization") ?? "").split(" ");
		const given = digest(token);
		const right = known.reduce((found, one) => timingSafeEqual(one, given) || found, false);
		if (!right || scheme?.toLowerCase() !== "bearer" || rest.length > 0)
			throw new RequestError(401, "token-missing", "this needs Authorization: Bearer <one of this node's tokens>");
		await next();
	};
}

function digest(text: string): Buffer {
	return createHash("sha256").update(text).digest();
}
