// What travels between a relay and a node over the node's WebSocket: one JSON object a message. The relay opens streams,
// grants how much may be sent on each and closes them; the node answers. Bodies are text.
import { z } from "zod";

const id = z
	.int()
	.min(1)
	.max(2 ** 32);

/** Of a request, all that a node gets to see. */
const openFrame = z.strictObject({
	type: z.literal("open"),
	id,
	path: z.string().max(256),
	authorization: z.string().max(16_384).optional(),
	lastEventId: z.string().max(64).optional(),
});

export const toNodeFrame = z.discriminatedUnion("type", [
	/** To be signed by the node's key, see {@link helloText}. */
	z.strictObject({ type: z.literal("challenge"), challenge: z.string().regex(/^[0-9a-f]{64}$/) }),
	z.strictObject({ type: z.literal("welcome") }),
	openFrame,
	z.strictObject({
		type: z.literal("more"),
		id,
		bytes: z
			.int()
			.min(1)
			.max(2 ** 24),
	}),
	z.strictObject({ type: z.literal("close"), id }),
]);

export const toRelayFrame = z.discriminatedUnion("type", [
	z.strictObject({
		type: z.literal("hello"),
		node: z.string().regex(/^0x[0-9a-f]{40}$/),
		signature: z.string().regex(/^0x[0-9a-f]{130}$/),
	}),
	z.strictObject({
		type: z.literal("head"),
		id,
		status: z.int().min(200).max(599),
		contentType: z.enum(["text/event-stream", "application/problem+json"]),
		retryAfter: z
			.string()
			.regex(/^\d{1,4}$/)
			.optional(),
	}),
	z.strictObject({ type: z.literal("data"), id, text: z.string() }),
	z.strictObject({ type: z.literal("end"), id }),
]);

export type ToNode = z.infer<typeof toNodeFrame>;
export type ToRelay = z.infer<typeof toRelayFrame>;

/** A node may send so many bytes on a stream before the relay grants more. */
export const WINDOW_BYTES = 128 * 1024;
/** The longest message; the relay hangs up on a longer one. */
export const MOST_FRAME_BYTES = 256 * 1024;

/** What the node signs (EIP-191) to be reached by its address at a relay; the challenge is of this connection alone. */
export function helloText(challenge: string): string {
	return `Be reached through this depin relay.\n\nConnection: ${challenge}`;
}

/** Undefined for whatever is no frame of `schema`. */
export function readFrame<T extends z.ZodType>(schema: T, data: unknown): z.output<T> | undefined {
	try {
		return schema.safeParse(JSON.parse(String(data))).data;
	} catch {
		return undefined;
	}
}
