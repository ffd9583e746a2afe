import { mkdir, readdir, statfs } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { prepareOutputs, releaseOutputs } from "../engine/outputVolume.ts";
import { makeReadOnly } from "../engine/sealOutputs.ts";
import { oneLine } from "../runtime/errors.ts";
import { MAX_REQUEST_BYTES, type QuotaAnswer, type QuotaRequest, requestSchema } from "./protocol.ts";

/** Whoever connects says what they want at once or not at all. */
const REQUEST_MS = 5_000;
const MAX_CONNECTIONS = 64;
/** Left on the disk whatever is asked for. */
const RESERVE_BYTES = 2 ** 30;

export type QuotaHelperOptions = {
	/** The one folder that volumes are made in; belongs to root. */
	dir: string;
	/** Most volumes at once. Default 256. */
	maxVolumes?: number;
	say?: (line: string) => void;
};

/**
 * The part of a node that needs root, and nothing else of it: makes file systems of a given size in its own folder for an
 * ordinary user's node, and takes them away again. Requests carry numbers and a name of hex digits, one a connection.
 */
export function createQuotaHelper({ dir, maxVolumes = 256, say = () => {} }: QuotaHelperOptions): Server {
	// One after the other: two requests for one volume must not meet half-way.
	let queue: Promise<unknown> = Promise.resolve();

	async function answerTo(line: string): Promise<QuotaAnswer> {
		const parsed = requestSchema.safeParse(parse(line));
		if (!parsed.success) return { ok: false, error: "it is no request" };
		const done = queue.then(() => perform(parsed.data));
		queue = done.catch(() => {});
		return done.catch((error: unknown) => ({ ok: false, error: oneLine(error) }));
	}

	async function perform(request: QuotaRequest): Promise<QuotaAnswer> {
		await mkdir(dir, { recursive: true, mode: 0o755 });
		if (request.op === "ping") return { ok: true, path: dir };
		const own = join(dir, request.name);
		if (request.op === "seal") {
			await makeReadOnly(join(own, "outputs"));
			return { ok: true };
		}
		if (request.op === "release") {
			await releaseOutputs(own);
			say(`released ${request.name}`);
			return { ok: true };
		}
		const present = await readdir(dir);
		if (!present.includes(request.name)) {
			if (present.length >= maxVolumes) return { ok: false, error: `there are ${present.length} volumes already` };
			const { bavail, bsize } = await statfs(dir);
			if (bavail * bsize - RESERVE_BYTES < request.maxBytes)
				return { ok: false, error: `the disk has too little room for ${request.maxBytes} bytes` };
		}
		const path = await prepareOutputs(own, request, "filesystem", request.uid);
		say(`made ${request.name}: ${request.maxBytes} bytes, ${request.maxFiles} files, for user ${request.uid}`);
		return { ok: true, path };
	}

	const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket, answerTo));
	server.maxConnections = MAX_CONNECTIONS;
	return server;
}

function serve(socket: Socket, answerTo: (line: string) => Promise<QuotaAnswer>): void {
	let heard = "";
	let asked = false;
	const late = setTimeout(() => socket.destroy(), REQUEST_MS);
	socket.setEncoding("utf8");
	socket.on("error", () => socket.destroy());
	socket.on("close", () => clearTimeout(late));
	socket.on("data", (part: string) => {
		if (asked) return;
		heard += part;
		if (heard.length > MAX_REQUEST_BYTES) return void socket.destroy();
		if (!heard.includes("\n")) return;
		asked = true;
		clearTimeout(late);
		void answerTo(heard.slice(0, heard.indexOf("\n"))).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
	});
	// Hung up before the line was whole: there is nothing to answer.
	socket.on("end", () => {
		if (!asked) socket.destroy();
	});
}

function parse(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}
