// The one way to the mirror. Of a visitor's request nothing but method, path, query and body reaches it.
import { Refusal } from "../http/refusal.ts";

export type MirrorAnswer = { status: number; headers: Headers; body: Uint8Array<ArrayBuffer> };
export type MirrorRequest = { path: string; body?: string; accept?: string };
export type Mirror = {
	/** @throws {Refusal} 502 to 504 when there is no answer that can be passed on */
	ask(request: MirrorRequest): Promise<MirrorAnswer>;
	/** Rows by GraphQL. */
	query<Data>(query: string, variables: Record<string, unknown>): Promise<Data>;
};

const ANSWER_MS = 15_000;
const MAX_ANSWER_BYTES = 32 * 2 ** 20;
/** Waiting requests cost the mirror more than refused ones cost their senders. */
const MOST_AT_ONCE = 64;

export function createMirror(url: string): Mirror {
	let open = 0;

	async function ask(request: MirrorRequest): Promise<MirrorAnswer> {
		if (open >= MOST_AT_ONCE) {
			throw new Refusal(503, "more is being asked than the mirror answers", { headers: { "Retry-After": "1" } });
		}
		open += 1;
		try {
			return await send(url, request);
		} catch (error) {
			if (error instanceof Refusal) throw error;
			if (error instanceof DOMException && error.name === "TimeoutError")
				throw new Refusal(504, `the mirror did not answer within ${ANSWER_MS / 1000} s`);
			if (error instanceof TypeError)
				throw new Refusal(503, "the mirror is not there", { headers: { "Retry-After": "2" } });
			throw error;
		} finally {
			open -= 1;
		}
	}

	return {
		ask,
		async query<Data>(query: string, variables: Record<string, unknown>) {
			const { body, status } = await ask({ path: "/graphql", body: JSON.stringify({ query, variables }) });
			const { data, errors } = JSON.parse(Buffer.from(body).toString()) as {
				data?: Data;
				errors?: { message: string }[];
			};
			if (data && !errors) return data;
			throw new Refusal(
				502,
				`the mirror refused a query (${status}): ${errors?.map(({ message }) => message).join("; ")}`,
			);
		},
	};
}

async function send(base: string, { path, body, accept = "application/json" }: MirrorRequest): Promise<MirrorAnswer> {
	const response = await fetch(base.replace(/\/$/, "") + path, {
		redirect: "error",
		signal: AbortSignal.timeout(ANSWER_MS),
		headers: { accept, ...(body === undefined ? {} : { "content-type": "application/json" }) },
		...(body === undefined ? {} : { method: "POST", body }),
	});
	const parts: Uint8Array[] = [];
	let bytes = 0;
	for await (const part of response.body ?? []) {
		bytes += part.byteLength;
		if (bytes > MAX_ANSWER_BYTES) throw new Refusal(502, "the mirror's answer is too large");
		parts.push(part);
	}
	return { status: response.status, headers: response.headers, body: new Uint8Array(Buffer.concat(parts)) };
}
