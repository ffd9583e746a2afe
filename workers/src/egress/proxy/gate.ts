import { isPublicAddress } from "depin/address";
import type { EgressRefusal } from "depin/jobs";
import type { Authority } from "./authority.ts";
import { createRate, type Meter } from "./meter.ts";
import { isAllowed, isPortAllowed, type ProxyPolicy } from "./policy.ts";

export type Passage =
	| { refused: EgressRefusal }
	/** `address` is what was judged: connect there and nowhere else. Call `leave` once, when it is over. */
	| { address: string; leave(): void };

export type Gate = (wanted: Authority) => Promise<Passage>;

export type GateOptions = {
	policy: ProxyPolicy;
	meter: Meter;
	/** IPv4 addresses of a name, asked anew each time. */
	resolve: (host: string) => Promise<string[]>;
	nowMs: () => number;
};

/**
 * Judges one connection: what costs nothing first, the name server last. A name is resolved once for a connection, all it
 * leads to must be public, and the caller gets an address instead of a name, so that nobody resolves it a second time.
 */
export function createGate({ policy, meter, resolve, nowMs }: GateOptions): Gate {
	const rate = createRate(policy.connectionsPerSecond, nowMs);
	let open = 0;
	return async ({ host, port }) => {
		if (!isAllowed(policy.rules, host)) return { refused: "host-not-allowed" };
		if (!isPortAllowed(policy.rules, host, port)) return { refused: "port-not-allowed" };
		if (meter.spent) return { refused: "byte-quota" };
		if (open >= policy.connections) return { refused: "too-many-connections" };
		if (!rate.take()) return { refused: "connection-rate" };
		open += 1;
		let left = false;
		const leave = () => {
			if (!left) open -= 1;
			left = true;
		};
		const judged = judge(await resolve(host).catch(() => []), policy.ownAddresses);
		if ("address" in judged) return { ...judged, leave };
		leave();
		return judged;
	};
}

/** One address that is not public spoils all: an honest name has none, and choosing among them would be guessing. */
export function judge(
	addresses: readonly string[],
	ownAddresses: readonly string[],
): { refused: EgressRefusal } | { address: string } {
	const [address] = addresses;
	if (address === undefined) return { refused: "name-unresolved" };
	const fine = addresses.every((one) => isPublicAddress(one) && !ownAddresses.includes(one));
	return fine ? { address } : { refused: "address-forbidden" };
}
