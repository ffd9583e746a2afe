// The gateway's one configuration file, read once: absent means default, present but invalid refuses to start.
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, resolve } from "node:path";
import { z } from "zod";

const url = z.url({ protocol: /^https?$/ });
const perMinute = z.int().min(1).max(10_000_000);

const network = z.string().refine((text) => {
	const [address = "", bits, ...rest] = text.split("/");
	const version = isIP(address);
	const most = version === 6 ? 128 : 32;
	return version > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
}, "must be an address or a network such as 10.0.0.0/8");

const configSchema = z.strictObject({
	listen: z
		.strictObject({ host: z.string().min(1).default("127.0.0.1"), port: z.int().min(0).max(65_535).default(42_070) })
		.prefault({}),
	/** The mirror behind, and how often it is asked for news, milliseconds. */
	mirror: z.strictObject({ url, pollMs: z.int().min(20).max(60_000).default(100) }),
	/** Asked for its last block, so that every answer can say how far behind it is. */
	chain: z.strictObject({ rpcUrl: url }),
	/** What nodes sent: an SQLite file, relative to this file, or the URL of a PostgreSQL that several gateways share. */
	database: z.string().min(1),
	/** Whose X-Forwarded-For is believed. Nobody's by default. */
	trustedProxies: z.array(network).max(64).default([]),
	limits: z
		.strictObject({
			/** Requests a client address may make; `burst` of them at once. */
			perMinute: perMinute.default(1_200),
			burst: perMinute.default(200),
			/** Live streams of one client, and of all. */
			streamsPerClient: z.int().min(1).max(100_000).default(20),
			streams: z.int().min(1).max(100_000).default(5_000),
			/** A request not received whole by then is answered 408, milliseconds. */
			requestMs: z.int().min(100).max(60_000).default(10_000),
		})
		.prefault({}),
	/** Clients with a budget of their own; sent as `Authorization: Bearer <key>`. */
	keys: z
		.array(z.strictObject({ name: z.string().min(1).max(64), key: z.string().min(16).max(256), perMinute }))
		.max(10_000)
		.default([]),
	/** Blocks the mirror may be behind the chain and still count as at its head. */
	readyWithin: z.int().min(0).max(100_000).default(5),
});

export type GatewayConfig = z.output<typeof configSchema>;
export type GatewayConfigInput = z.input<typeof configSchema>;

/** A configuration that cannot be used. The process ends with 1: starting again changes nothing. */
export class ConfigError extends Error {
	override readonly name = "ConfigError";
}

/** Reads one JSON file; paths inside become absolute. */
export function loadConfig(file: string): GatewayConfig {
	let raw: unknown;
	try {
		raw = JSON.parse(readFileSync(file, "utf8"));
	} catch (cause) {
		throw new ConfigError(`cannot read the configuration ${file}: ${cause instanceof Error ? cause.message : cause}`, {
			cause,
		});
	}
	const config = parseConfig(raw, file);
	if (isPostgres(config.database)) return config;
	return { ...config, database: resolve(dirname(file), config.database) };
}

export const isPostgres = (database: string): boolean => /^postgres(ql)?:\/\//.test(database);

export function parseConfig(raw: unknown, file = "configuration"): GatewayConfig {
	const parsed = configSchema.safeParse(raw);
	if (parsed.success) return parsed.data;
	const reasons = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "(top level)"}: ${message}`);
	throw new ConfigError(`${file}: ${reasons.join("; ")}`);
}
