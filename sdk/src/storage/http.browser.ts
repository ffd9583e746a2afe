import { SourceFailedError, SourceRefusedError } from "./errors.ts";
import type { HttpAnswer, HttpCall } from "./http.ts";

/** A source that says nothing for this long is treated as gone. */
const IDLE_TIMEOUT_MS = 15_000;

/**
 * The same call from a page. A page cannot judge an address after its resolution, so it asks the sources of its own
 * configuration and no others, follows no redirects, and sends no credentials.
 *
 * @throws {SourceRefusedError} when the URL may not be asked.
 * @throws {SourceFailedError} when it does not answer, or breaks a bound.
 */
export async function callHttp(url: string, call: HttpCall): Promise<HttpAnswer> {
	const target = new URL(url);
	if (!call.allowPrivate) throw new SourceRefusedError(url, "a page asks only the sources of its own configuration");
	if (target.username !== "" || target.password !== "") throw new SourceRefusedError(url, "it carries credentials");
	const { signal, body, method = "GET", headers = {}, idleTimeoutMs = IDLE_TIMEOUT_MS } = call;
	const silence = new AbortController();
	const signals = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
	const timer = setTimeout(() => silence.abort(), idleTimeoutMs);
	try {
		const response = await fetch(target, {
			method,
			headers,
			redirect: "error",
			credentials: "omit",
			referrerPolicy: "no-referrer",
			signal: signals,
			...(body === undefined ? {} : { body: new Uint8Array(body) }),
		});
		const answered = Object.fromEntries(response.headers);
		return { status: response.status, headers: answered, body: bodyOf(response, target, call, silence) };
	} catch (cause) {
		throw failureOf(target, cause, call.signal, silence.signal);
	} finally {
		clearTimeout(timer);
	}
}

async function* bodyOf(
	response: Response,
	url: URL,
	{ maxBytes, signal, idleTimeoutMs = IDLE_TIMEOUT_MS }: HttpCall,
	silence: AbortController,
): AsyncGenerator<Uint8Array> {
	const reader = response.body?.getReader();
	if (reader === undefined) return;
	let bytes = 0;
	try {
		for (;;) {
			const timer = setTimeout(() => silence.abort(), idleTimeoutMs);
			const { done, value } = await reader.read().finally(() => clearTimeout(timer));
			if (done) return;
			bytes += value.byteLength;
			if (bytes > maxBytes) throw new SourceFailedError(url.origin, `it sent more than ${maxBytes} bytes`);
			yield value;
		}
	} catch (cause) {
		throw failureOf(url, cause, signal, silence.signal);
	} finally {
		await reader.cancel().catch(() => {});
	}
}

function failureOf(url: URL, cause: unknown, signal: AbortSignal | undefined, silence: AbortSignal): unknown {
	if (signal?.aborted) return signal.reason;
	if (cause instanceof SourceFailedError) return cause;
	return new SourceFailedError(
		url.origin,
		silence.aborted ? "it was silent for too long" : "it cannot be reached",
		cause,
	);
}
