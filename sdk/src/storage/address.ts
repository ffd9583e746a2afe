import { BlockList, isIPv4, isIPv6 } from "node:net";

/** IPv4 ranges that are not the public internet (IANA special-purpose registry, multicast and reserved). */
const NOT_PUBLIC_V4: [string, number][] = [
	["0.0.0.0", 8],
	["10.0.0.0", 8],
	["100.64.0.0", 10],
	["127.0.0.0", 8],
	["169.254.0.0", 16], // link-local, and every cloud's metadata service
	["172.16.0.0", 12],
	["192.0.0.0", 24],
	["192.0.2.0", 24],
	["192.88.99.0", 24],
	["192.168.0.0", 16],
	["198.18.0.0", 15],
	["198.51.100.0", 24],
	["203.0.113.0", 24],
	["224.0.0.0", 4],
	["240.0.0.0", 4],
];

/** Ranges inside 2000::/3 that carry IPv4 or are reserved; everything outside 2000::/3 is refused as a whole. */
const NOT_PUBLIC_V6: [string, number][] = [
	["2001::", 23], // Teredo and protocol assignments
	["2001:db8::", 32],
	["2002::", 16], // 6to4: wraps any IPv4 address
	["3fff::", 20],
];

const v4 = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_V4) v4.addSubnet(net, prefix, "ipv4");
const v6 = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_V6) v6.addSubnet(net, prefix, "ipv6");
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/**
 * True for an address on the public internet. A source that somebody else named must not reach the machine itself,
 * its network or a cloud's metadata service, so everything special counts as not public.
 */
export function isPublicAddress(address: string): boolean {
	if (isIPv4(address)) return !v4.check(address, "ipv4");
	if (isIPv6(address)) return globalUnicast.check(address, "ipv6") && !v6.check(address, "ipv6");
	return false;
}
