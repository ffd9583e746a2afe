import type { CID } from "multiformats/cid";
import { callHttp } from "#http";
import { DepinError } from "../errors/base.ts";
import { concatBytes, readAll } from "./bytes.ts";
import { carHeader, carSection } from "./car.ts";
import type { ContentClient } from "./client.ts";
import type { Dag } from "./dag.ts";
import { UploadFailedError } from "./errors.ts";

/** One request's worth: held in memory so that it can be sent again. */
const PART_BYTES = 32 * 1024 * 1024;
const TRIES = 3;
const MAX_ANSWER_BYTES = 1024 * 1024;

export type UploadOptions = {
	/** Name under which the storage node pins the root. */
	name: string;
	/** More roots to pin beside the DAG's own, each complete in the upload or on the node. */
	alsoPin?: readonly CID[];
	onProgress?: (sent: { bytes: number; of: number }) => void;
	signal?: AbortSignal | undefined;
	/** Bytes of a part; for tests. */
	partBytes?: number;
};

export type Uploaded = { root: string; blocks: number; bytes: number };

/**
 * Sends content to the client's storage node, which verifies and pins it. Large content goes in parts: all but the
 * last are CARs without roots, so the node stores their blocks and pins nothing yet; the last names the roots. Sending
 * the same content again is harmless.
 *
 * @throws {UploadFailedError} when the node refuses, or does not answer after three tries.
 *
 * @example
 * const dag = await importPath('./weights')
 * await upload(client, dag, { name: 'weights' })
 */
export async function upload(client: ContentClient, dag: Dag, options: UploadOptions): Promise<Uploaded> {
	const { name, alsoPin = [], onProgress, signal, partBytes = PART_BYTES } = options;
	const to = client.uploadTo;
	if (to === undefined)
		throw new UploadFailedError("no storage node", "none is configured for uploads", {
			retriable: false,
			hint: "Put the URL and the token of a storage node into the profile.",
		});
	const uploaded: Uploaded = { root: dag.root.toString(), blocks: 0, bytes: 0 };
	const send = async (roots: CID[], sections: Uint8Array[]) => {
		await sendPart(to, name, concatBytes([carHeader(roots), ...sections]), signal);
		onProgress?.({ bytes: uploaded.bytes, of: dag.bytes });
	};
	let sections: Uint8Array[] = [];
	let size = 0;
	for await (const block of dag.blocks()) {
		const section = carSection(block);
		if (size + section.byteLength > partBytes && sections.length > 0) {
			await send([], sections);
			sections = [];
			size = 0;
		}
		sections.push(section);
		size += section.byteLength;
		uploaded.blocks++;
		uploaded.bytes += block.bytes.byteLength;
	}
	await send([...alsoPin, dag.root], sections);
	return uploaded;
}

async function sendPart(
	to: { url: string; token: string },
	name: string,
	body: Uint8Array,
	signal: AbortSignal | undefined,
): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		try {
			await postCar(to, name, body, signal);
			return;
		} catch (error) {
			if (!(error instanceof DepinError) || !error.retriable || attempt === TRIES) throw error;
			await pause(500 * 2 ** attempt, signal);
		}
	}
}

async function postCar(
	to: { url: string; token: string },
	name: string,
	body: Uint8Array,
	signal: AbortSignal | undefined,
): Promise<void> {
	const answer = await callHttp(`${to.url}/v1/car?name=${encodeURIComponent(name)}`, {
		method: "POST",
		headers: { authorization: `Bearer ${to.token}`, "content-type": "application/vnd.ipld.car" },
		body,
		allowPrivate: true,
		maxBytes: MAX_ANSWER_BYTES,
		// The node answers when everything is on its disk.
		idleTimeoutMs: 120_000,
		signal,
	}).catch((cause: unknown) => {
		if (!(cause instanceof DepinError)) throw cause;
		throw new UploadFailedError(to.url, cause.shortMessage, { retriable: cause.retriable, cause });
	});
	const text = new TextDecoder().decode(await readAll(answer.body));
	if (answer.status >= 200 && answer.status < 300) return;
	const reason = `it answered ${answer.status} ${text.slice(0, 300)}`.trim();
	if (answer.status === 401 || answer.status === 403)
		throw new UploadFailedError(to.url, reason, {
			retriable: false,
			hint: "The token in the profile is not one of the storage node’s tokens.",
		});
	throw new UploadFailedError(to.url, reason, { retriable: answer.status >= 500 || answer.status === 429 });
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
	return new Promise((settle, reject) => {
		const stop = () => {
			clearTimeout(timer);
			reject(signal?.reason);
		};
		const timer = setTimeout(() => {
			signal?.removeEventListener("abort", stop);
			settle();
		}, ms);
		signal?.addEventListener("abort", stop, { once: true });
	});
}
