import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { RequestError } from "./errors.ts";

/** Lets a request through when it bears one of the tokens. */
export function requireToken(tokens: readonly string[]): MiddlewareHandler {
	const knows = bearsToken(tokens);
	return async function bearer(c, next) {
		if (!knows(c.req.header("authorization") ?? ""))
			throw new RequestError(401, "token-missing", "this needs Authorization: Bearer <one of this node's tokens>");
		await next();
	};
}

/** Whether an `Authorization` header bears one of the tokens. Takes the same time whichever is right or how much of it. */
export function bearsToken(tokens: readonly string[]): (header: string) => boolean {
	const known = tokens.map(digest);
	return (header) => {
		const [scheme, token = "", ...rest] = header.split(" ");
		const given = digest(token);
		const right = known.reduce((found, one) => timingSafeEqual(one, given) || found, false);
		return right && scheme?.toLowerCase() === "bearer" && rest.length === 0;
	};
}

function digest(text: string): Buffer {
	return createHash("sha256").update(text).digest();
}
