import { z } from "zod";

/** Where the systemd socket unit listens. */
export const QUOTA_SOCKET = "/run/depin-quota.sock";

/** One request is one line and fits into this. */
export const MAX_REQUEST_BYTES = 1024;

/** A volume's place is made of this and nothing else, so it holds no slash, no dot and no way out. */
const name = z.string().regex(/^[0-9a-f]{40}$/);

/** What may be asked of the helper. Nothing here names a path, a device or an option of mount. */
export const requestSchema = z.discriminatedUnion("op", [
	z.strictObject({ op: z.literal("ping") }),
	z.strictObject({
		op: z.literal("make"),
		name,
		maxBytes: z
			.int()
			.min(1)
			.max(2 ** 40),
		maxFiles: z.int().min(1).max(1_000_000),
		/** Owns the volume; never root. */
		uid: z
			.int()
			.min(1)
			.max(2 ** 31),
	}),
	/** Read-only from now on. */
	z.strictObject({ op: z.literal("seal"), name }),
	z.strictObject({ op: z.literal("release"), name }),
]);

export type QuotaRequest = z.output<typeof requestSchema>;

export const answerSchema = z.union([
	z.strictObject({ ok: z.literal(true), path: z.string().optional() }),
	z.strictObject({ ok: z.literal(false), error: z.string() }),
]);

export type QuotaAnswer = z.output<typeof answerSchema>;
