import { createHash } from "node:crypto";
import type { Allowance } from "./budgets.ts";
import type { GatewayConfig } from "./config.ts";

/** A keyed client may spend a tenth of its minute at once. */
const BURST_SHARE = 10;

/**
 * Finds the client of an Authorization header; undefined when there is none, "unknown" when it is nobody's. Keys are
 * compared by digest, so that the time it takes tells nothing.
 */
export function keyedClients(
	keys: GatewayConfig["keys"],
): (header: string | undefined) => (Allowance & { client: string }) | "unknown" | undefined {
	const digest = (key: string) => createHash("sha256").update(key).digest("hex");
	const byDigest = new Map(
		keys.map(({ name, key, perMinute }) => [
			digest(key),
			{ client: `key ${name}`, perMinute, burst: Math.max(1, Math.ceil(perMinute / BURST_SHARE)) },
		]),
	);
	return (header) => {
		if (header === undefined) return undefined;
		return byDigest.get(digest(/^Bearer (\S+)$/i.exec(header)?.[1] ?? "")) ?? "unknown";
	};
}
