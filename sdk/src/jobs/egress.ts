import { z } from "zod";
import { must, strict } from "./problems.ts";

/** A place that a job may reach. */
export type EgressRule = {
	/** A domain name, or `*.` and one: every name below it, not the name itself. A node's own lists also have `*`. */
	host: string;
	port: number;
};

const HTTPS = 443;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
/** At least two labels, the last of which begins with a letter: an address in whatever spelling is no name. */
const RULE = new RegExp(`^((?:\\*\\.)?(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)(?::([1-9]\\d{0,4}))?$`);

/** `api.example.com`, `api.example.com:8443`, `*.example.org:80`; without a port 443 is meant. Undefined for anything else. */
export function parseEgressRule(text: string): EgressRule | undefined {
	const [, host, digits] = RULE.exec(text) ?? [];
	const port = digits === undefined ? HTTPS : Number(digits);
	return host === undefined || host.length > 253 || port > 65_535 ? undefined : { host, port };
}

const BE = 'a domain name in lower case and a port, for example "api.example.com:443" or "*.example.org"';
const rule = z
	.string(must(BE))
	.refine((text) => parseEgressRule(text) !== undefined, `must be ${BE}; addresses, paths and user names are not`);

const bytes = must(`a whole number from 1 to ${2 ** 40} (bytes)`);

/** What a job may reach: nothing, or these places through the node's proxy, up to so many bytes both ways together. */
export const network = z
	.union(
		[
			z.literal("none"),
			strict({
				egress: z
					.array(rule, must("a list of places"))
					.min(1, 'must name at least one place; for none write network: "none"')
					.max(64, "must have at most 64 entries"),
				maxBytes: z
					.int(bytes)
					.min(1, bytes)
					.max(2 ** 40, bytes)
					.default(2 ** 30),
			}),
		],
		must('"none" or { egress: ["api.example.com:443", …], maxBytes }'),
	)
	.default("none");

/** Why a proxy did not let something through. */
export const egressRefusals = [
	"malformed",
	"host-mismatch",
	"host-not-allowed",
	"port-not-allowed",
	"name-unresolved",
	"address-forbidden",
	"name-hidden",
	"byte-quota",
	"connection-rate",
	"too-many-connections",
	"connect-failed",
] as const;
export type EgressRefusal = (typeof egressRefusals)[number];

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** What a job moved through its proxy, as a statement carries it. */
export const egressUse = strict({
	connections: count,
	/** How often, by reason. */
	refused: z.partialRecord(z.enum(egressRefusals), count),
	/** Towards the job, and from it. */
	bytesIn: count,
	bytesOut: count,
	/** False when the proxy ended before the job did: then these are the last numbers it gave. */
	complete: z.boolean(),
});
export type EgressUse = z.infer<typeof egressUse>;
