import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CID } from "multiformats/cid";
import type { Block } from "./block.ts";
import { decodeCar, encodeCar } from "./car.ts";
import { linksOf } from "./demand.ts";

/** What a gateway of a test does wrong. */
type Fault =
	| { kind: "corrupt"; cid: string }
	| { kind: "missing"; cid: string }
	| { kind: "no-car" }
	| { kind: "truncate-car"; afterBlocks: number }
	| { kind: "redirect"; to: string }
	| { kind: "silent" }
	| { kind: "status"; status: number };

export type TestGateway = {
	url: string;
	blocks: Map<string, Block>;
	/** Requests seen, as `METHOD path`. */
	requests: string[];
	/** One per uploaded part. */
	uploads: { roots: string[]; blocks: number; name: string | null; authorization: string | undefined }[];
	faults: Fault[];
	close(): Promise<void>;
};

/** A small trustless gateway on a free loopback port that can misbehave on demand. */
export async function startTestGateway(): Promise<TestGateway> {
	const gateway: Omit<TestGateway, "url" | "close"> = { blocks: new Map(), requests: [], uploads: [], faults: [] };
	const server = createServer((request, response) => {
		gateway.requests.push(`${request.method} ${request.url}`);
		answer(gateway, request, response).catch((error: unknown) => {
			response.statusCode = 400;
			response.end(String(error));
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return Object.assign(gateway, {
		url: `http://127.0.0.1:${port}`,
		close: async () => {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	});
}

async function answer(
	gateway: Omit<TestGateway, "url" | "close">,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	for (const fault of gateway.faults) {
		if (fault.kind === "silent") return;
		if (fault.kind === "redirect") {
			response.writeHead(302, { location: fault.to }).end();
			return;
		}
		if (fault.kind === "status") {
			response.writeHead(fault.status).end("no");
			return;
		}
	}
	const url = new URL(request.url ?? "/", "http://gateway");
	if (request.method === "POST") return takeUpload(gateway, request, response, url);
	const cid = CID.parse(url.pathname.replace("/ipfs/", ""));
	const block = stored(gateway, cid);
	if (block === undefined) response.writeHead(404).end();
	else if (url.searchParams.get("format") === "raw") response.end(block.bytes);
	else if (gateway.faults.some(({ kind }) => kind === "no-car")) response.writeHead(406).end();
	else await sendCar(gateway, cid, response);
}

function stored(gateway: Omit<TestGateway, "url" | "close">, cid: CID): Block | undefined {
	const block = gateway.blocks.get(cid.toString());
	for (const fault of gateway.faults) {
		if (fault.kind === "missing" && fault.cid === cid.toString()) return undefined;
		if (fault.kind === "corrupt" && fault.cid === cid.toString() && block !== undefined)
			return { cid, bytes: Buffer.concat([block.bytes.subarray(1), Buffer.from("!")]) };
	}
	return block;
}

async function sendCar(
	gateway: Omit<TestGateway, "url" | "close">,
	root: CID,
	response: ServerResponse,
): Promise<void> {
	const limit = gateway.faults.find((fault) => fault.kind === "truncate-car")?.afterBlocks ?? Number.POSITIVE_INFINITY;
	const seen = new Set<string>();
	function* depthFirst(cid: CID): Generator<Block> {
		const block = stored(gateway, cid);
		if (block === undefined || seen.has(cid.toString()) || seen.size >= limit) return;
		seen.add(cid.toString());
		yield block;
		for (const link of linksOf(gateway.blocks.get(cid.toString()) as Block)) yield* depthFirst(link);
	}
	for await (const chunk of encodeCar([root], depthFirst(root))) response.write(chunk);
	response.end();
}

async function takeUpload(
	gateway: Omit<TestGateway, "url" | "close">,
	request: IncomingMessage,
	response: ServerResponse,
	url: URL,
): Promise<void> {
	const car = await decodeCar(request, "the upload");
	let blocks = 0;
	for await (const block of car.blocks) {
		gateway.blocks.set(block.cid.toString(), block);
		blocks++;
	}
	const roots = car.roots.map(String);
	gateway.uploads.push({
		roots,
		blocks,
		name: url.searchParams.get("name"),
		authorization: request.headers.authorization,
	});
	response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ roots, blocks }));
}

/** Everything an async iterable yields. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
	const items: T[] = [];
	for await (const item of source) items.push(item);
	return items;
}
