import { type DestinationStream, type Logger, pino } from "pino";
import { oneLine } from "./errors.ts";

export type { Logger } from "pino";

const secrets = ["key", "privateKey", "token", "tokens", "uploadToken", "authorization", "password", "secret"];

/**
 * JSON lines on stdout. Ids are fields, not prose; make one child per job: `log.child({ orderId, job })`.
 * Secrets are cut by field name at the top level and one below, which is as deep as anything of ours is logged.
 */
export function createLog(options: { role: string; level?: string; destination?: DestinationStream }): Logger {
	const { role, level = "info", destination } = options;
	const settings = {
		level,
		base: { role },
		timestamp: pino.stdTimeFunctions.isoTime,
		formatters: { level: (label: string) => ({ level: label }) },
		redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: "[secret]" },
		serializers: {
			err: (error: unknown) => ({
				message: oneLine(error),
				...(error instanceof Error ? { type: error.name, stack: error.stack } : {}),
			}),
			url: publicUrl,
		},
	};
	return destination ? pino(settings, destination) : pino(settings);
}

/** Hosted RPC endpoints carry the customer's key in path or query, so logs and errors get the origin only. */
export function publicUrl(url: string): string {
	return URL.canParse(url) ? new URL(url).origin : "(invalid url)";
}
