import { realpathSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { judge, type Passed } from "./calls.ts";
import { judgeCreate } from "./createBody.ts";
import { judgeConnect, judgeNetwork } from "./networkBody.ts";

export type SocketProxyOptions = {
	/** The engine's own socket. */
	engineSocket: string;
	/** Where the proxy listens; only its own user may connect. */
	listenOn: string;
	/** Folders of the host that containers may be given parts of. */
	roots: readonly string[];
	/** Told of every call that did not pass. */
	onRefused: (what: string) => void;
};

const MAX_BODY_BYTES = 2 ** 20;
const FULL_ID = /^[0-9a-f]{64}$/;

/**
 * Stands between a worker and its engine, whose socket is as good as root. Passes the calls of `calls.ts` and nothing
 * else, each written anew, so that no bytes of a request reach the engine as they came: neither a second request hidden
 * in the first nor a connection that is upgraded to another protocol.
 *
 * @example
 * const proxy = await startSocketProxy({ engineSocket: "/var/run/docker.sock", listenOn: "/run/depin/engine.sock", roots: ["/var/lib/depin"], onRefused: console.warn });
 */
export async function startSocketProxy(options: SocketProxyOptions): Promise<{ close(): Promise<void> }> {
	const roots = options.roots.map((root) => realpathSync(root));
	const ours = new Set<string>();
	const server = createServer({ maxHeaderSize: MAX_BODY_BYTES, requestTimeout: 0, keepAliveTimeout: 60_000 });
	server.on("request", (incoming, outgoing) => {
		pass({ ...options, roots, ours }, incoming, outgoing).catch(() => outgoing.destroy());
	});
	const refuseProtocol = (_: IncomingMessage, socket: Duplex) => {
		options.onRefused("another protocol on the connection");
		socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	};
	server.on("upgrade", refuseProtocol).on("connect", refuseProtocol);
	await rm(options.listenOn, { force: true });
	await new Promise<void>((done, fail) => server.once("error", fail).listen(options.listenOn, done));
	await chmod(options.listenOn, 0o600);
	return { close: () => closed(server) };
}

type Labelled = { Labels?: Record<string, string> | null };
type Context = SocketProxyOptions & {
	/** Containers and networks seen to carry our label; ids are never used twice. */ ours: Set<string>;
};

async function pass(context: Context, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
	const judged = judge(incoming.method ?? "", incoming.url ?? "");
	if ("refused" in judged) return refuse(context, outgoing, judged.refused);
	const { owned } = judged;
	if (owned !== undefined && !(await isOurs(context, owned)))
		return refuse(context, outgoing, `${owned.kind} ${owned.name}, which is not a worker's`);
	if (judged.call.body === "stream") return forward(context, judged, incoming, outgoing, incoming);
	const bytes = await bodyOf(incoming);
	if (bytes === undefined) return refuse(context, outgoing, `a body of more than ${MAX_BODY_BYTES} bytes`);
	if (judged.call.body === undefined) return forward(context, judged, incoming, outgoing, undefined);
	const body = await judgeBodyOf(context, judged.call.body, bytes);
	if ("refused" in body) return refuse(context, outgoing, body.refused);
	return forward(context, judged, incoming, outgoing, body.body);
}

async function judgeBodyOf(
	context: Context,
	kind: "create" | "network" | "connect",
	bytes: Buffer,
): Promise<{ body: string } | { refused: string }> {
	if (kind === "create") return judgeCreate(bytes, context.roots);
	if (kind === "network") return judgeNetwork(bytes);
	const judged = judgeConnect(bytes);
	if ("refused" in judged || (await isOurs(context, { kind: "containers", name: judged.container }))) return judged;
	return { refused: `containers ${judged.container}, which is not a worker's` };
}

function forward(
	{ engineSocket }: Context,
	{ target }: Passed,
	incoming: IncomingMessage,
	outgoing: ServerResponse,
	body: IncomingMessage | string | undefined,
): void {
	const typed =
		typeof body === "string"
			? { "content-type": "application/json", "content-length": Buffer.byteLength(body) }
			: body
				? { "content-type": "application/x-tar", "transfer-encoding": "chunked" }
				: { "content-length": 0 };
	const headers = { host: "engine", ...(incoming.method === "GET" ? {} : typed) };
	const asked = request({ socketPath: engineSocket, method: incoming.method, path: target, headers, agent: false });
	asked.on("response", (answer) => {
		const type = answer.headers["content-type"];
		outgoing.writeHead(answer.statusCode ?? 502, type === undefined ? {} : { "content-type": type });
		outgoing.flushHeaders(); // a wait or an attach says for long nothing but that it began
		answer.pipe(outgoing);
		answer.on("error", () => outgoing.destroy());
	});
	// No answer is passed on as no answer: the worker then knows that the engine is away.
	asked.on("error", () => outgoing.destroy());
	outgoing.on("close", () => asked.destroy());
	if (typeof body === "object") body.pipe(asked);
	else asked.end(body);
}

async function isOurs(
	{ engineSocket, ours }: Context,
	{ kind, name }: Exclude<Passed["owned"], undefined>,
): Promise<boolean> {
	if (ours.has(name)) return true;
	const path = kind === "containers" ? `/containers/${name}/json` : `/networks/${name}`;
	const { status, text } = await new Promise<{ status: number | undefined; text: string }>((done, fail) => {
		const asked = request({ socketPath: engineSocket, path, headers: { host: "engine" }, agent: false });
		asked.on("error", fail).on("response", async (answer) => {
			const parts: Buffer[] = [];
			for await (const part of answer) parts.push(part as Buffer);
			done({ status: answer.statusCode, text: Buffer.concat(parts).toString() });
		});
		asked.end();
	});
	if (status === 404) return true; // nothing there: the engine says so itself
	if (status !== 200) return false;
	const { Id, Labels, Config } = JSON.parse(text) as Labelled & { Id: string; Config?: Labelled };
	const labelled = Object.keys(Config?.Labels ?? Labels ?? {}).some((label) => label.startsWith("depin."));
	if (labelled && FULL_ID.test(name) && name === Id) ours.add(Id);
	return labelled;
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
	const parts: Buffer[] = [];
	let size = 0;
	for await (const part of incoming) {
		size += (part as Buffer).length;
		if (size > MAX_BODY_BYTES) return undefined;
		parts.push(part as Buffer);
	}
	return Buffer.concat(parts);
}

function refuse({ onRefused }: Context, outgoing: ServerResponse, what: string): void {
	onRefused(what);
	const message = `depin's socket proxy does not let through ${what}`;
	outgoing.writeHead(403, { "content-type": "application/json", connection: "close" });
	outgoing.end(JSON.stringify({ message }));
}

async function closed(server: Server): Promise<void> {
	const over = new Promise<void>((done) => server.close(() => done()));
	server.closeAllConnections();
	await over;
}
