import { lookup as resolve } from "node:dns";
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "./address.ts";
import { SourceFailedError, SourceRefusedError } from "./errors.ts";

const MAX_REDIRECTS = 3;
/** A source that says nothing for this long is treated as gone. */
const IDLE_TIMEOUT_MS = 15_000;

// Two pools: a connection opened for one's own configuration must never serve a URL that a stranger named.
const agents = {
	own: { "http:": new HttpAgent({ keepAlive: true }), "https:": new HttpsAgent({ keepAlive: true }) },
	foreign: { "http:": new HttpAgent({ keepAlive: true }), "https:": new HttpsAgent({ keepAlive: true }) },
};

export type HttpCall = {
	method?: "GET" | "HEAD" | "POST" | "DELETE";
	headers?: Record<string, string>;
	body?: Uint8Array;
	/** May the host be this machine, its network or a metadata service? Only for URLs of one's own configuration. */
	allowPrivate: boolean;
	/** More bytes than this in the answer's body break it off. */
	maxBytes: number;
	idleTimeoutMs?: number;
	signal?: AbortSignal | undefined;
};

export type HttpAnswer = { status: number; headers: IncomingHttpHeaders; body: AsyncGenerator<Uint8Array> };

/**
 * One HTTP call with the bounds that a URL named by a stranger needs: addresses are judged after resolution and the
 * connection goes to the very address judged; redirects are few, only for reads, and judged again; the body is capped.
 *
 * @throws {SourceRefusedError} when the URL may not be asked.
 * @throws {SourceFailedError} when it does not answer, or breaks a bound.
 */
export async function callHttp(url: string, call: HttpCall): Promise<HttpAnswer> {
	let target = new URL(url);
	let { allowPrivate, headers = {} } = call;
	for (let redirects = 0; ; redirects++) {
		const message = await open(target, { ...call, headers, allowPrivate });
		const location = redirectOf(message, call);
		if (location === undefined) return answerOf(message, target, call);
		message.destroy();
		if (redirects === MAX_REDIRECTS) throw new SourceFailedError(url, `it redirects more than ${MAX_REDIRECTS} times`);
		const next = new URL(location, target);
		if (target.protocol === "https:" && next.protocol !== "https:")
			throw new SourceRefusedError(next.href, "the redirect leaves https");
		// One's own configuration vouches for its own origin, not for where that origin points.
		allowPrivate = allowPrivate && next.origin === target.origin;
		// What authorises here is nobody else's to read.
		if (next.origin !== target.origin) headers = without(headers, "authorization");
		target = next;
	}
}

function without(headers: Record<string, string>, name: string): Record<string, string> {
	return Object.fromEntries(Object.entries(headers).filter(([given]) => given.toLowerCase() !== name));
}

function redirectOf(message: IncomingMessage, { method = "GET" }: HttpCall): string | undefined {
	const redirects = [301, 302, 303, 307, 308].includes(message.statusCode ?? 0);
	return redirects && (method === "GET" || method === "HEAD") ? message.headers.location : undefined;
}

function open(url: URL, call: HttpCall): Promise<IncomingMessage> {
	const refusal = refuseUrl(url, call.allowPrivate);
	if (refusal !== undefined) throw new SourceRefusedError(url.href, refusal);
	const pool = agents[call.allowPrivate ? "own" : "foreign"][url.protocol === "https:" ? "https:" : "http:"];
	return send(url, call, pool);
}

/**
 * Sends one request over a connection of `agent`, or over a new one of its own where that is false.
 *
 * A server may close an idle connection in the moment a request goes out on it; that says nothing about the source,
 * and everything asked of one may be asked twice (content is named by its hash), so the request goes out once more.
 */
function send(url: URL, call: HttpCall, agent: HttpAgent | HttpsAgent | false): Promise<IncomingMessage> {
	const { method = "GET", headers = {}, body, signal, allowPrivate, idleTimeoutMs = IDLE_TIMEOUT_MS } = call;
	return new Promise((settle, reject) => {
		const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
			method,
			agent,
			// Compressed answers could unfold without bound; content is hashed as it is.
			headers: { "accept-encoding": "identity", ...headers, ...(body && { "content-length": `${body.byteLength}` }) },
			...(allowPrivate ? {} : { lookup: publicLookup(url) }),
			...(signal && { signal }),
		});
		request.setTimeout(idleTimeoutMs, () => {
			request.destroy(new SourceFailedError(url.origin, `it was silent for ${idleTimeoutMs / 1000} s`));
		});
		request.on("response", settle);
		request.on("error", (cause) => {
			if (request.reusedSocket && wasCutOff(cause) && !signal?.aborted) send(url, call, false).then(settle, reject);
			else reject(failureOf(url, cause, signal));
		});
		request.end(body);
	});
}

function wasCutOff(cause: Error): boolean {
	return "code" in cause && (cause.code === "ECONNRESET" || cause.code === "EPIPE");
}

function refuseUrl(url: URL, allowPrivate: boolean): string | undefined {
	if (url.protocol !== "http:" && url.protocol !== "https:") return "only http and https are used";
	if (url.username !== "" || url.password !== "") return "it carries credentials";
	const host = url.hostname.replace(/^\[|\]$/g, "");
	if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) return `${host} is not a public address`;
	return undefined;
}

/** Resolves like the system does, and fails if any answer is not public: a name must not hide one among others. */
function publicLookup(url: URL): LookupFunction {
	return (hostname, options, callback) => {
		resolve(hostname, { ...options, all: true }, (error, addresses) => {
			if (error) return callback(error, "", 0);
			const hidden = addresses.find(({ address }) => !isPublicAddress(address));
			const first = addresses[0];
			if (hidden !== undefined || first === undefined) {
				const reason = `${hostname} resolves to ${hidden?.address ?? "nothing"}, which is not a public address`;
				return callback(new SourceRefusedError(url.href, reason), "", 0);
			}
			return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
		});
	};
}

function failureOf(url: URL, cause: unknown, signal: AbortSignal | undefined): unknown {
	if (signal?.aborted) return signal.reason;
	if (cause instanceof SourceRefusedError || cause instanceof SourceFailedError) return cause;
	const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
	return new SourceFailedError(url.origin, code === "ECONNREFUSED" ? "nothing listens there" : code, cause);
}

function answerOf(message: IncomingMessage, url: URL, { maxBytes, signal }: HttpCall): HttpAnswer {
	async function* body(): AsyncGenerator<Uint8Array> {
		let bytes = 0;
		try {
			for await (const chunk of message) {
				bytes += chunk.byteLength;
				if (bytes > maxBytes) throw new SourceFailedError(url.origin, `it sent more than ${maxBytes} bytes`);
				yield chunk;
			}
		} catch (cause) {
			throw failureOf(url, cause, signal);
		} finally {
			message.destroy();
		}
	}
	return { status: message.statusCode ?? 0, headers: message.headers, body: body() };
}
