import type { HttpBindings } from "@hono/node-server";
import { type Block, encodeCar, RAW, refuseCid } from "depin/storage";
import { type Context, Hono } from "hono";
import { CID } from "multiformats/cid";
import { oneLine } from "../runtime/errors.ts";
import type { Logger } from "../runtime/log.ts";
import type { ContentStore } from "./contentStore.ts";
import { RequestError } from "./errors.ts";
import { negotiate, type Wanted } from "./negotiate.ts";
import { walkDag } from "./walk.ts";

/** Probe of the specification: the identity CID of nothing. */
const PROBE = "bafkqaaa";
const YEAR_SECONDS = 31_536_000;

type GatewayEnv = { Bindings: HttpBindings };

type Source = Pick<ContentStore, "has" | "read">;

/**
 * The trustless gateway: blocks and CARs by CID, nothing else. It never resolves a path, never decodes a file, never
 * asks anybody else; clients verify what they get.
 */
export function gatewayRoutes(source: Source, log: Logger): Hono<GatewayEnv> {
	const app = new Hono<GatewayEnv>();
	app.get("/ipfs/:cid", (c) => serve(c, source, log));
	app.get("/ipfs/:cid/*", () => {
		throw new RequestError(400, "paths-not-served", "paths are not resolved here; ask for blocks by their own CID");
	});
	return app;
}

async function serve(c: Context<GatewayEnv>, source: Source, log: Logger): Promise<Response> {
	const wanted = negotiate(new URL(c.req.url).searchParams, c.req.header("accept"));
	const cid = parse(c.req.param("cid") ?? "");
	const head = headersOf(cid, wanted);
	if (cid.toString() === PROBE)
		return respond(c, head, wanted.format === "raw" ? new Uint8Array() : carOf([cid], empty(), () => {}));
	if (!(await isHere(source, cid))) {
		if (/\bonly-if-cached\b/i.test(c.req.header("cache-control") ?? ""))
			throw new RequestError(412, "not-cached", `${cid} is not stored here`);
		throw new RequestError(404, "not-found", `${cid} is not stored here`);
	}
	if (matches(c.req.header("if-none-match"), head.etag)) return new Response(null, { status: 304, headers: head });
	if (wanted.format === "raw") return respond(c, head, (await source.read(cid)).bytes);
	if (c.req.method === "HEAD") return respond(c, head, undefined);
	const cutOff = (error: unknown) => {
		log.warn({ cid: cid.toString(), cause: oneLine(error) }, "a CAR was broken off");
		c.env.outgoing.destroy();
	};
	return respond(c, head, carOf([cid], blocksOf(source, cid, wanted.scope === "all"), cutOff));
}

function parse(text: string): CID {
	try {
		const cid = CID.parse(text);
		return cid.version === 0 ? cid.toV1() : cid;
	} catch (cause) {
		throw new RequestError(400, "cid-invalid", "this is not a CID", { cause });
	}
}

/** A CID of a kind that is never taken in cannot be here; saying so is more use than an error. */
async function isHere(source: Source, cid: CID): Promise<boolean> {
	return refuseCid(cid) === undefined && (await source.has(cid));
}

async function* blocksOf(source: Source, root: CID, all: boolean) {
	if (!all || root.code === RAW) {
		yield await source.read(root);
		return;
	}
	for await (const cid of walkDag(root, source.read)) yield await source.read(cid);
}

async function* empty(): AsyncGenerator<never> {}

/**
 * Pull by pull, so that a slow client costs one block of memory. When a child is missing the connection is cut, as
 * anything else might look like an end to the client.
 */
function carOf(
	roots: CID[],
	blocks: AsyncIterable<Block>,
	cutOff: (error: unknown) => void,
): ReadableStream<Uint8Array> {
	const car = encodeCar(roots, blocks);
	return new ReadableStream<Uint8Array>({
		async pull(controller) {
			try {
				const { done, value } = await car.next();
				if (done) controller.close();
				else controller.enqueue(value);
			} catch (error) {
				cutOff(error);
			}
		},
		cancel: () => car.return(undefined).then(() => {}),
	});
}

type GatewayHeaders = ReturnType<typeof headersOf>;

function headersOf(cid: CID, wanted: Wanted) {
	const car = wanted.format === "car";
	return {
		etag: car ? `"${cid}.car.${wanted.scope}.dfs.n"` : `"${cid}.raw"`,
		"content-type": car ? "application/vnd.ipld.car; version=1; order=dfs; dups=n" : "application/vnd.ipld.raw",
		"content-disposition": `attachment; filename="${cid}.${car ? "car" : "bin"}"`,
		"cache-control": `public, max-age=${YEAR_SECONDS}, immutable`,
		"x-content-type-options": "nosniff",
		"x-ipfs-path": `/ipfs/${cid}`,
		"x-ipfs-roots": cid.toString(),
		"accept-ranges": "none",
		vary: "accept",
	};
}

function respond(
	c: Context,
	headers: GatewayHeaders,
	body: Uint8Array | ReadableStream<Uint8Array> | undefined,
): Response {
	const length = body instanceof Uint8Array ? { "content-length": String(body.byteLength) } : {};
	const sent = c.req.method === "HEAD" || body === undefined ? null : body;
	return new Response(sent as Exclude<typeof sent, Uint8Array> | Uint8Array<ArrayBuffer>, {
		headers: { ...headers, ...length },
	});
}

function matches(condition: string | undefined, etag: string): boolean {
	const tags = (condition ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
	return tags.includes(etag) || tags.includes("*");
}
