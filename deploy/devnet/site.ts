// Serves the built page with the devnet's configuration. The files are few and small, so they are held in memory.
import { globSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { SITE } from "../site.ts";
import type { Devnet } from "./devnet.ts";

/** A job file to start from in the page. */
export interface Example {
	name: string;
	about: string;
	/** Image and inputs by CID, as the page cannot read a disk. */
	file: string;
}

export interface Site {
	url: string;
	/** Offers jobs to start from, to whoever loads the page from now on. */
	offer(examples: readonly Example[]): void;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}

interface File {
	type: string;
	bytes: Buffer;
	zipped: Buffer;
}

const TYPES: Record<string, string> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".json": "application/json",
};

type Served = Pick<Devnet, "rpcUrl" | "deployment" | "gateway" | "storage" | "channelUrl" | "accounts">;

export async function serveSite(devnet: Served, { port }: { port: number }): Promise<Site> {
	const files = new Map(
		globSync("**/*.*", { cwd: SITE }).map((path): [string, File] => {
			const bytes = readFileSync(join(SITE, path));
			return [`/${path}`, { type: TYPES[extname(path)] ?? "application/octet-stream", bytes, zipped: gzipSync(bytes) }];
		}),
	);
	const head = headersOf(devnet);
	let examples: readonly Example[] = [];
	const server = createServer((request, response) => {
		const path = new URL(request.url ?? "/", "http://site").pathname;
		const file =
			path === "/config.json" ? configFile(devnet, examples) : files.get(path === "/" ? "/index.html" : path);
		respond(request, response, { file, head, forever: path.startsWith("/assets/") });
	});
	await new Promise<void>((settle, reject) => {
		server.once("error", reject).listen({ port, host: "127.0.0.1" }, settle);
	});
	const address = server.address();
	const chosen = address !== null && typeof address === "object" ? address.port : port;
	const close = () =>
		new Promise<void>((settle) => {
			server.close(() => settle());
			server.closeAllConnections();
		});
	return {
		url: `http://127.0.0.1:${chosen}/`,
		offer(more) {
			examples = more;
		},
		close,
		[Symbol.asyncDispose]: close,
	};
}

/** The page may talk to this devnet's services and nobody else. */
function headersOf({ rpcUrl, gateway, storage, channelUrl }: Served): Record<string, string> {
	// A node behind a relay is reached through the storage.
	const services = [rpcUrl, gateway?.url, storage.url, channelUrl].filter(Boolean);
	const policy = [
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self' blob: data:", // results, and the icons that wallets announce
		`connect-src 'self' ${services.join(" ")}`,
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	];
	return {
		"content-security-policy": policy.join("; "),
		"cross-origin-opener-policy": "same-origin",
		"referrer-policy": "no-referrer",
		"x-content-type-options": "nosniff",
	};
}

function configFile({ rpcUrl, deployment, gateway, storage, accounts }: Served, examples: readonly Example[]): File {
	const config = {
		name: "devnet",
		chainId: deployment.chainId,
		rpcUrl,
		market: deployment.market,
		asset: deployment.asset,
		fromBlock: String(deployment.startBlock),
		indexer: gateway?.url,
		// Both are as good as public: this storage and this chain answer nobody but this machine, and forget.
		storage: { url: storage.url, token: storage.token },
		demoKey: accounts.consumer.key,
		examples,
	};
	const bytes = Buffer.from(JSON.stringify(config));
	return { type: "application/json", bytes, zipped: gzipSync(bytes) };
}

type Answer = { file: File | undefined; head: Record<string, string>; forever: boolean };

function respond(request: IncomingMessage, response: ServerResponse, { file, head, forever }: Answer): void {
	if (request.method !== "GET" && request.method !== "HEAD") {
		response.writeHead(405, { ...head, allow: "GET, HEAD" }).end();
		return;
	}
	if (file === undefined) {
		response.writeHead(404, { ...head, "content-type": "text/plain" }).end("nothing here\n");
		return;
	}
	const zips = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
	const body = zips ? file.zipped : file.bytes;
	response.writeHead(200, {
		...head,
		"content-type": file.type,
		"content-length": body.byteLength,
		"cache-control": forever ? "public, max-age=31536000, immutable" : "no-cache",
		vary: "accept-encoding",
		...(zips ? { "content-encoding": "gzip" } : {}),
	});
	response.end(request.method === "HEAD" ? undefined : body);
}
