import { CidInvalidError, parseCid } from "depin/storage";
import { type Context, Hono } from "hono";
import type { CID } from "multiformats/cid";
import { z } from "zod";
import type { ContentStore } from "./contentStore.ts";
import type { DiskSpace } from "./diskSpace.ts";
import { RequestError } from "./errors.ts";
import type { StorageMetrics } from "./storageMetrics.ts";
import { takeUpload, tooLarge, type UploadLimits } from "./uploads.ts";
import { MissingBlockError } from "./walk.ts";

/** Each upload holds a socket and one block; more of them at once only share the same disk. */
const MAX_UPLOADS_AT_ONCE = 16;

export type ApiParts = { store: ContentStore; disk: DiskSpace; limits: UploadLimits; metrics: StorageMetrics };

const pinBody = z.strictObject({ cid: z.string(), name: z.string().min(1).max(256).optional() });

/** What needs a token: uploads, pins, gc. Mounted behind `requireToken`. */
export function apiRoutes(parts: ApiParts): Hono {
	const { store } = parts;
	const app = new Hono();
	let uploads = 0;
	app.post("/v1/car", async (c) => {
		if (uploads >= MAX_UPLOADS_AT_ONCE)
			throw new RequestError(429, "too-many-uploads", "too many uploads at once; try again");
		uploads += 1;
		try {
			return c.json(await upload(c, parts));
		} finally {
			uploads -= 1;
		}
	});
	app.get("/v1/pins", async (c) => {
		const pins = await store.pins.list();
		return c.json({ pins: pins.map(({ cid, ...pin }) => ({ cid: cid.toString(), ...pin })) });
	});
	app.post("/v1/pins", async (c) => {
		const parsed = pinBody.safeParse(await c.req.json().catch(() => undefined));
		if (!parsed.success) throw new RequestError(400, "body-invalid", 'send {"cid": "bafy…", "name": "…"}');
		const cid = toCid(parsed.data.cid);
		const pin = await store.pins.add(cid, parsed.data.name ?? cid.toString()).catch((error: unknown) => {
			if (!(error instanceof MissingBlockError)) throw error;
			throw new RequestError(404, "dag-incomplete", `${error.message}; upload it first`, { cause: error });
		});
		return c.json({ ...pin, cid: cid.toString() });
	});
	app.delete("/v1/pins/:cid", async (c) => {
		const cid = toCid(c.req.param("cid"));
		if (!(await store.pins.remove(cid))) throw new RequestError(404, "not-pinned", `${cid} is not pinned`);
		return c.json({ removed: cid.toString() });
	});
	app.post("/v1/gc", async (c) => c.json(await store.gc()));
	return app;
}

async function upload(c: Context, { store, disk, limits, metrics }: ApiParts) {
	const name = c.req.query("name") ?? "unnamed";
	if (name.length > 256) throw new RequestError(400, "name-too-long", "a pin's name has up to 256 characters");
	// Said before the bytes are sent: refuse before they are read.
	if (Number(c.req.header("content-length") ?? 0) > limits.maxUploadBytes) throw tooLarge(limits.maxUploadBytes);
	const body = c.req.raw.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
	const done = await takeUpload({ store, disk, limits }, body, name);
	metrics.uploadedBytes.inc(done.bytes);
	return done;
}

function toCid(text: string): CID {
	try {
		return parseCid(text);
	} catch (cause) {
		if (!(cause instanceof CidInvalidError)) throw cause;
		throw new RequestError(400, cause.code, cause.shortMessage, { cause });
	}
}
