import type { Duplex } from "node:stream";
import type { EgressRefusal } from "depin/jobs";

/** A head of a request or an answer; also the longest line. */
export const MAX_HEAD_BYTES = 16 * 1024;
/** A connection on which nothing moves either way is closed. */
export const IDLE_MS = 120_000;

const STATUS: Partial<Record<EgressRefusal, number>> = {
	malformed: 400,
	"host-mismatch": 400,
	"connect-failed": 502,
	"name-unresolved": 502,
	"connection-rate": 429,
	"too-many-connections": 429,
};

/** What a job is told, as an answer in HTTP. */
export function refusal(reason: EgressRefusal): { status: number; text: string } {
	return { status: STATUS[reason] ?? 403, text: `depin egress: ${reason}\n` };
}

/** Says why on a bare connection, and hangs up. */
export function refuseSocket(socket: Duplex, reason: EgressRefusal): void {
	if (!socket.writable) return void socket.destroy();
	const { status, text } = refusal(reason);
	const head = `HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}`;
	socket.end(`${head}\r\nConnection: close\r\n\r\n${text}`, () => socket.destroy());
}
