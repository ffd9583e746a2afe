import { type Duplex, Readable } from "node:stream";
import type Docker from "dockerode";
import type { CapturedLogs, LogTap } from "./engine.ts";
import { engineError } from "./errors.ts";

const HEADER = 8;
const LONGEST_LINE = 64 * 1024;
/** Said in the log itself, so that no reader takes a cut log for a whole one. */
const TRUNCATED = Buffer.from("\n[depin: log truncated here; the container wrote more]\n");

/**
 * Reads what a container writes, both streams interleaved as written, until it ends or exceeds `maxBytes`. Attaching to a
 * container that has not started loses nothing. One that has is read from the engine's log, of which a flood leaves a tail.
 */
export async function captureLogs(
	docker: Docker,
	id: string,
	{ maxBytes, started, tap }: { maxBytes: number; started: boolean; tap?: LogTap | undefined },
) {
	const container = docker.getContainer(id);
	const both = { stdout: true, stderr: true } as const;
	try {
		const stream = started
			? await container.logs({ ...both, follow: true })
			: await container.attach({ ...both, stream: true, logs: false });
		return { captured: keepFirst(stream as unknown as Duplex, maxBytes, tap) };
	} catch (error) {
		throw engineError(`reading logs of container ${id.slice(0, 12)}`, error);
	}
}

/** As the engine kept it. */
export async function lastLine(docker: Docker, id: string): Promise<string | undefined> {
	try {
		const frames = await docker.getContainer(id).logs({ stdout: true, stderr: false, follow: false, tail: 1 });
		let text = "";
		for await (const part of payloads(Readable.from([frames]))) text = (text + part.toString()).slice(-LONGEST_LINE);
		return text === "" ? undefined : text.trimEnd();
	} catch (error) {
		throw engineError(`reading the last line of container ${id.slice(0, 12)}`, error);
	}
}

async function keepFirst(stream: Duplex, maxBytes: number, tap?: LogTap): Promise<CapturedLogs> {
	const kept = await readFirst(stream, maxBytes, tap);
	tap?.end(kept.truncated);
	return kept;
}

async function readFirst(stream: Duplex, maxBytes: number, tap?: LogTap): Promise<CapturedLogs> {
	const room = maxBytes - TRUNCATED.length;
	const kept: Buffer[] = [];
	let size = 0;
	try {
		for await (const chunk of payloads(stream)) {
			const fits = chunk.subarray(0, room - size);
			kept.push(fits);
			tap?.write(fits);
			size += chunk.length;
			if (size > room) return { bytes: Buffer.concat([...kept, TRUNCATED]), truncated: true };
		}
	} catch {
		// The engine went away in the middle: no job fails for its log. What was heard is kept, and marked as cut.
		return { bytes: Buffer.concat([...kept, TRUNCATED]), truncated: true };
	} finally {
		stream.destroy(); // a log longer than the cap is not read to its end
	}
	return { bytes: Buffer.concat(kept), truncated: false };
}

/**
 * Takes the engine's frames apart: one byte stream id, three zero, four of length, then the payload. A payload is passed
 * on as it arrives, so that a frame's claimed length never decides how much is held in memory.
 */
export async function* payloads(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	let header = Buffer.alloc(0);
	let left = 0;
	for await (const chunk of stream) {
		let at = 0;
		while (at < chunk.length) {
			if (left === 0) {
				const part = chunk.subarray(at, at + HEADER - header.length);
				header = Buffer.concat([header, part]);
				at += part.length;
				if (header.length < HEADER) break;
				left = header.readUInt32BE(4);
				header = Buffer.alloc(0);
			} else {
				const part = chunk.subarray(at, at + left);
				at += part.length;
				left -= part.length;
				yield part;
			}
		}
	}
}
