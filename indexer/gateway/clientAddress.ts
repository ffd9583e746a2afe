// Who is asking. A header that anybody can write is believed only as far as proxies of ours vouch for it.
import { BlockList, isIP } from "node:net";

/** Tells whether an address is one of the configured proxies. */
export type Trust = (address: string) => boolean;

/** @param networks addresses or networks such as 10.0.0.0/8 */
export function trustOf(networks: readonly string[]): Trust {
	const list = new BlockList();
	for (const network of networks) {
		const [address = "", bits] = network.split("/");
		const family = isIP(address) === 6 ? "ipv6" : "ipv4";
		list.addSubnet(address, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
	}
	return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/**
 * The address whose budget a request spends: the peer's, or, where the peer is a proxy of ours, the nearest one in
 * X-Forwarded-For that is none. An IPv6 client owns its /64, so all of it counts as one.
 */
export function clientOf(peer: string | undefined, forwarded: string | undefined, trusts: Trust): string {
	let client = plain(peer ?? "");
	const hops = (forwarded ?? "").split(",").map((hop) => plain(hop.trim()));
	while (isIP(client) > 0 && trusts(client)) {
		const next = hops.pop();
		// What is no address was written by nobody we trust: the last proxy answers for it.
		if (next === undefined || isIP(next) === 0) break;
		client = next;
	}
	return isIP(client) === 6 ? `${prefixOf(client)}::/64` : client || "unknown";
}

/** An IPv4 address that a dual-stack socket shows as IPv6. */
function plain(address: string): string {
	return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** The first four groups, written out without leading zeros. */
function prefixOf(address: string): string {
	const [head = "", tail] = address.replace(/%.*$/, "").split("::");
	const left = head === "" ? [] : head.split(":");
	const right = tail === undefined || tail === "" ? [] : tail.split(":");
	const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
	const groups = [...left, ...Array.from({ length: gap }, () => "0"), ...right];
	return groups
		.slice(0, 4)
		.map((group) => Number.parseInt(group, 16).toString(16))
		.join(":");
}
