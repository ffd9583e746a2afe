import { readFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import type { Address } from "viem";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { OperatorError } from "./errors.ts";

/** Only loopback by default: opening a worker to others is a decision, not an accident. */
export const listenSchema = (port: number) =>
	z
		.strictObject({ host: z.string().min(1).default("127.0.0.1"), port: z.int().min(0).max(65535).default(port) })
		.prefault({});

export const addressSchema = z
	.string()
	.regex(/^0x[0-9a-fA-F]{40}$/, "must be an address: 0x and 40 hex digits")
	.transform((text) => text as Address);

/** A non-negative amount in base units of the asset, as decimal text because JSON numbers lose digits. */
export const amountSchema = z
	.string()
	.regex(/^\d{1,38}$/, "must be base units of the asset, as decimal text")
	.transform(BigInt);

export const chainSchema = z.strictObject({
	rpcUrl: z.url({ protocol: /^https?$/ }),
	wsUrl: z.url({ protocol: /^wss?$/ }).optional(),
	market: addressSchema,
	fromBlock: z
		.union([z.int().min(0), z.string().regex(/^\d{1,18}$/)])
		.default(0)
		.transform(BigInt),
});

export type ChainConfig = z.output<typeof chainSchema>;

export const keySchema = z.union(
	[z.strictObject({ file: z.string().min(1) }), z.strictObject({ env: z.string().min(1) })],
	{
		error: 'must be {"file": "path"} or {"env": "NAME"}',
	},
);

export type KeyConfig = z.output<typeof keySchema>;

/** Fields that every role has. Spread into the role's own strict object. */
export const baseFields = {
	logLevel: z.enum(["trace", "debug", "info", "warn", "error"]).default("info"),
	// Above a day a supervisor has long since lost patience; 0 leaves at once.
	drainSeconds: z.number().min(0).max(86_400).default(30),
};

export type BaseConfig = { logLevel: string; drainSeconds: number };

/**
 * Reads one JSON or YAML file through `schema`, once. Absent fields take their default; a present but invalid one refuses.
 * @throws {OperatorError} naming file, field and reason
 */
export async function loadConfig<T extends z.ZodType>(file: string, schema: T): Promise<z.output<T>> {
	const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
		throw new OperatorError(
			"config-unreadable",
			`cannot read the configuration ${file} (${cause.code}); pass --config <file>`,
			{
				cause,
			},
		);
	});
	let raw: unknown;
	try {
		raw = /^\.ya?ml$/.test(extname(file)) ? parseYaml(text) : JSON.parse(text);
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
		throw new OperatorError("config-syntax", `${file}: not valid ${extname(file).slice(1) || "JSON"}: ${reason}`, {
			cause,
		});
	}
	const parsed = schema.safeParse(raw);
	if (parsed.success) return parsed.data;
	const reasons = parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top level)"}: ${issue.message}`);
	throw new OperatorError("config-invalid", `${file}: ${reasons.join("; ")}`);
}

/** Paths in a configuration are relative to the file that names them, not to where the process was started. */
export function besideConfig(configFile: string, path: string): string {
	return resolve(dirname(resolve(configFile)), path);
}
