import { type EgressRule, type JobSpec, parseEgressRule } from "depin/jobs";
import { z } from "zod";

const BE = 'must be a domain name in lower case, "*." and one, or "*" for every name';
const hosts = z.array(
	z.string().refine((text) => text === "*" || (!text.includes(":") && parseEgressRule(text) !== undefined), BE),
);
const addresses = z.array(z.union([z.ipv4(), z.ipv6()]));

/** What an operator lets jobs reach. Absent = nothing: a stranger's traffic carries the address of this machine. */
export const egressConfigSchema = z
	.strictObject({
		/** Names that a job may ask for; `*` = every one. */
		allow: hosts.min(1),
		/** Not these, whatever `allow` says. */
		deny: hosts.default([]),
		ports: z.array(z.int().min(1).max(65_535)).min(1).default([80, 443]),
		/** The most bytes a job may ask for, both ways together. */
		maxBytes: z
			.int()
			.min(1)
			.default(10 * 2 ** 30),
		/** Of one job: open at once, and new a second. */
		connections: z.int().min(1).max(1024).default(64),
		connectionsPerSecond: z.int().min(1).max(1024).default(10),
		/** The engine's network on which the proxies of jobs reach the outside. */
		network: z
			.string()
			.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/)
			.refine((name) => name !== "host" && name !== "none", "must be a network of the engine")
			.default("bridge"),
		/** Name servers the proxies ask. Absent = what the engine gives a container. */
		resolvers: addresses.max(3).default([]),
	})
	.optional();

export type EgressConfig = z.output<typeof egressConfigSchema>;

/** Why the operator does not let a job have the network it asks for; undefined when it may, or asks for none. */
export function egressRefusal(config: EgressConfig, network: JobSpec["network"]): string | undefined {
	if (network === "none") return undefined;
	if (!config) return "this node lets no job reach the network";
	if (network.maxBytes > config.maxBytes) return `${network.maxBytes} bytes are more than ${config.maxBytes}`;
	for (const text of network.egress) {
		const rule = parseEgressRule(text);
		const problem = rule ? refusalOf(config, rule) : "is no place";
		if (problem !== undefined) return `${text} ${problem}`;
	}
	return undefined;
}

/** All that the job may reach by this rule must be allowed: no order is taken that would fail half way. */
function refusalOf(
	{ allow, deny, ports }: Exclude<EgressConfig, undefined>,
	{ host, port }: EgressRule,
): string | undefined {
	if (!ports.includes(port)) return `is on another port than ${ports.join(", ")}`;
	if (!allow.some((pattern) => covers(pattern, host))) return "is not among the names allowed";
	if (deny.some((pattern) => covers(pattern, host) || covers(host, pattern))) return "may be a name denied";
	return undefined;
}

/** Whether every name that `narrow` stands for is one of those of `wide`. */
function covers(wide: string, narrow: string): boolean {
	if (!wide.startsWith("*")) return wide === narrow;
	return wide === "*" || narrow.endsWith(wide.slice(1));
}
