import type { EgressRule } from "depin/jobs";

/** What the node tells a job's proxy, in one environment variable. */
export type ProxyPolicy = {
	/** Where the job may go. */
	rules: EgressRule[];
	/** Both ways together, over the job's whole life. */
	maxBytes: number;
	/** Connections at once, and new ones a second. */
	connections: number;
	connectionsPerSecond: number;
	/** The network that the job is in, `a.b.c.d/n`: the proxy listens to nobody else. */
	inner: string;
	/** Addresses of the machine itself, which no name may lead to even where they are public. */
	ownAddresses: string[];
	/** Name servers; empty = the engine's. */
	resolvers: string[];
};

/** The variable. */
export const POLICY_VARIABLE = "DEPIN_EGRESS";
export const PROXY_PORT = 3128;

/** `*.example.org` stands for every name below example.org, not for example.org itself; `*` for every name. */
export function isAllowed(rules: readonly EgressRule[], host: string): boolean {
	return rules.some((rule) => hostMatches(rule.host, host));
}

export function isPortAllowed(rules: readonly EgressRule[], host: string, port: number): boolean {
	return rules.some((rule) => rule.port === port && hostMatches(rule.host, host));
}

function hostMatches(pattern: string, host: string): boolean {
	if (!pattern.startsWith("*")) return pattern === host;
	return pattern === "*" || host.endsWith(pattern.slice(1));
}
