// Bodies of strangers: of one kind, whole, in time, and never larger than they may be.
import type { Context } from "hono";
import { Refusal } from "./refusal.ts";

/**
 * The body as JSON.
 * @throws {Refusal} 413 beyond `mostBytes`, 415 for another type or any compression, 400 for what is no JSON
 */
export async function readJson(c: Context, mostBytes: number): Promise<unknown> {
	const encoding = c.req.header("content-encoding");
	if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
		throw new Refusal(415, `send the body as it is; ${encoding} is not taken`, {
			headers: { "Accept-Encoding": "identity" },
		});
	}
	const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
	if (type !== "application/json") throw new Refusal(415, "send JSON, with Content-Type: application/json");
	const tooLarge = () => new Refusal(413, `at most ${mostBytes} bytes are taken`, { headers: { Connection: "close" } });
	if (Number(c.req.header("content-length") ?? 0) > mostBytes) throw tooLarge();
	const parts: Uint8Array[] = [];
	let bytes = 0;
	try {
		for await (const part of c.req.raw.body ?? []) {
			bytes += part.byteLength;
			if (bytes > mostBytes) throw tooLarge();
			parts.push(part);
		}
	} catch (cause) {
		if (cause instanceof Refusal) throw cause;
		// Its sender went away, or was cut off for being slow: nobody hears the answer.
		throw new Refusal(400, "the body ended early");
	}
	try {
		return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts)));
	} catch (cause) {
		const said = cause instanceof Error ? cause.message : String(cause);
		throw new Refusal(400, `the body is not JSON: ${said}`, { errors: [{ path: "", message: "expected JSON" }] });
	}
}
