import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Block, type Dag, encodeCar, importBytes, rawBlock, sha256 } from "depin/storage";
import type { CID } from "multiformats/cid";
import { startHttp } from "../runtime/http.ts";
import { createLog } from "../runtime/log.ts";
import { createMetrics } from "../runtime/metrics.ts";
import { storageApp } from "./app.ts";
import { type ContentStore, openContentStore } from "./contentStore.ts";
import { createDiskSpace } from "./diskSpace.ts";
import { createRelay } from "./relay/relay.ts";
import { storageMetrics } from "./storageMetrics.ts";

export const TOKEN = "a-token-for-tests-0001";

/** The storage role's store and HTTP in this process, on a port of its own. */
export type TestNode = {
	url: string;
	dir: string;
	store: ContentStore;
	/** POST /v1/car. */
	upload(body: Uint8Array | AsyncIterable<Uint8Array>, options?: { token?: string; name?: string }): Promise<Answer>;
	api(method: string, path: string, body?: unknown): Promise<Answer>;
	stop(): Promise<void>;
};

export type Answer = { status: number; body: Record<string, unknown> };

export type TestNodeOptions = {
	graceMs?: number;
	maxUploadBytes?: number;
	reserveBytes?: number;
	idleTimeoutMs?: number;
};

export async function startTestNode(options: TestNodeOptions = {}): Promise<TestNode> {
	const { graceMs = 0, maxUploadBytes = 64 * 2 ** 20, reserveBytes = 0, idleTimeoutMs = 60_000 } = options;
	const dir = await mkdtemp(join(tmpdir(), "depin-storage-"));
	const log = createLog({ role: "storage", level: "fatal" });
	const metrics = createMetrics("storage");
	const store = await openContentStore({ dir, graceMs, log });
	const disk = createDiskSpace(dir, reserveBytes);
	const limits = { maxUploadBytes, maxRoots: 4 };
	const tokens = ["another-token-00001", TOKEN];
	const relay = createRelay({ tokens, log });
	const routes = storageApp({
		relay: relay.routes,
		store,
		disk,
		limits,
		metrics: storageMetrics(metrics),
		tokens,
		log,
	});
	const ready = () => ({ ready: true });
	const listen = { host: "127.0.0.1", port: 0 };
	const http = await startHttp({ listen, metrics, ready, routes, idleTimeoutMs, upgrade: relay.upgrade });
	const call = async (path: string, init: RequestInit): Promise<Answer> => {
		const answer = await fetch(`${http.url}${path}`, init);
		return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
	};
	return {
		url: http.url,
		dir,
		store,
		upload: (body, { token = TOKEN, name = "test" } = {}) => {
			const headers = { authorization: `Bearer ${token}`, "content-type": "application/vnd.ipld.car" };
			const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
			return call(`/v1/car?name=${encodeURIComponent(name)}`, init);
		},
		api: (method, path, body) => {
			const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
			return call(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
		},
		async stop() {
			relay.close();
			await http.close();
			await store.close();
			await rm(dir, { recursive: true, force: true });
		},
	};
}

export async function car(roots: CID[], blocks: Iterable<Block> | AsyncIterable<Block>): Promise<Uint8Array> {
	const parts: Uint8Array[] = [];
	for await (const part of encodeCar(roots, blocks)) parts.push(part);
	return Buffer.concat(parts);
}

export async function blocksOf(dag: Dag): Promise<Block[]> {
	const blocks: Block[] = [];
	for await (const block of dag.blocks()) blocks.push(block);
	return blocks;
}

/** A raw block that says `text`. */
export const block = (text: string): Block => rawBlock(Buffer.from(text));

/** Bytes that look random and are the same in every run. */
export function bytesOf(seed: string, length: number): Uint8Array {
	const parts: Uint8Array[] = [];
	for (let n = 0; n * 32 < length; n += 1) parts.push(sha256(Buffer.from(`${seed}/${n}`)));
	return Buffer.concat(parts).subarray(0, length);
}

/** A file of several blocks under one root. */
export const fileOf = (seed: string, length = 3 * 2 ** 20 + 5) => importBytes(bytesOf(seed, length));

/** A GET whose URL goes over the wire as it is written: `fetch` would tidy it up. */
export function rawGet(
	url: string,
	path: string,
	headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
	const { hostname, port } = new URL(url);
	return new Promise((resolve, reject) => {
		const sent = request({ hostname, port, path, headers }, (answer) => {
			let text = "";
			answer.on("data", (chunk) => {
				text += chunk;
			});
			answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
			answer.on("error", reject);
		});
		sent.on("error", reject);
		sent.end();
	});
}
