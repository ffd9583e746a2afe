import type { Authority } from "./authority.ts";

/** What a TLS client says before anything is encrypted: the name of whom it wants, in lower case, or that it hides it. */
export type ClientHello = { name: string | undefined; hidden: boolean };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
/** Of a hello; those of real clients have less than a quarter. */
const MAX_BYTES = 16 * 1024;
const MAX_RECORD = 2 ** 14;
const SERVER_NAME = 0;
/** Encrypted ClientHello, and what was tried before it. */
const HIDING = new Set([0xfe0d, 0xffce]);
/** Served by name at every large host: what a tunnel to them carries must show the name it was opened for. */
const NAMED_PORTS = new Set([80, 443]);

/** An alert that ends a handshake: unrecognized name. */
export const UNRECOGNIZED_NAME = Buffer.from([21, 3, 3, 0, 2, 2, 112]);

/**
 * Whether the first bytes of a tunnel may pass. TLS must show the very name that the tunnel was opened for, on any port:
 * a host that serves many names would else lead to each of them. Where names decide, nothing but TLS passes; plain pages
 * are asked for without a tunnel.
 */
export function judgeOpening(bytes: Buffer, { host, port }: Authority): "more" | "pass" | "refuse" {
	if (bytes.length === 0) return "more";
	if (bytes[0] !== HANDSHAKE) return NAMED_PORTS.has(port) ? "refuse" : "pass";
	const hello = readClientHello(bytes);
	if (hello === "more") return "more";
	return hello !== undefined && !hello.hidden && hello.name === host ? "pass" : "refuse";
}

/** @returns "more" while it is not all there; undefined for what no two readers need understand alike */
export function readClientHello(bytes: Buffer): ClientHello | "more" | undefined {
	const message = joinRecords(bytes);
	return Buffer.isBuffer(message) ? readMessage(message) : message;
}

/** A message may be cut into records anywhere. */
function joinRecords(bytes: Buffer): Buffer | "more" | undefined {
	const parts: Buffer[] = [];
	let has = 0;
	let wanted: number | undefined;
	for (let at = 0; ; ) {
		if (wanted === undefined && has >= 4) {
			const head = Buffer.concat(parts);
			wanted = 4 + head.readUIntBE(1, 3);
			if (head[0] !== CLIENT_HELLO || wanted > MAX_BYTES) return undefined;
		}
		// A client waits for the answer to its hello: what comes with it is none.
		if (wanted !== undefined && has >= wanted) return has === wanted ? Buffer.concat(parts) : undefined;
		if (at + 5 > bytes.length) return isRecordSoFar(bytes.subarray(at)) ? "more" : undefined;
		const length = bytes.readUInt16BE(at + 3);
		if (!isRecordSoFar(bytes.subarray(at)) || length === 0 || length > MAX_RECORD) return undefined;
		const part = bytes.subarray(at + 5, at + 5 + length);
		if (part.length < length) return bytes.length > MAX_BYTES * 2 ? undefined : "more";
		parts.push(part);
		has += length;
		at += 5 + length;
		if (parts.length > MAX_BYTES / 16) return undefined; // crumbs
	}
}

const isRecordSoFar = (bytes: Buffer) => (bytes[0] ?? HANDSHAKE) === HANDSHAKE && (bytes[1] ?? 3) === 3;

/** The fields before the extensions are skipped by their lengths; whatever does not come out even is no hello. */
function readMessage(message: Buffer): ClientHello | undefined {
	const session = 4 + 2 + 32;
	const ciphers = skip(message, session, 1);
	const compression = skip(message, ciphers, 2);
	const extensions = skip(message, compression, 1);
	if (extensions === message.length) return { name: undefined, hidden: false };
	if (skip(message, extensions, 2) !== message.length) return undefined;
	const found = new Map<number, Buffer>();
	let at = extensions + 2;
	while (at < message.length) {
		const end = skip(message, at + 2, 2);
		if (end > message.length) return undefined;
		const type = message.readUInt16BE(at);
		if (found.has(type)) return undefined;
		found.set(type, message.subarray(at + 4, end));
		at = end;
	}
	const hidden = [...HIDING].some((type) => found.has(type));
	const list = found.get(SERVER_NAME);
	if (list === undefined) return { name: undefined, hidden };
	const name = onlyName(list);
	return name === undefined ? undefined : { name, hidden };
}

/** Behind a field that begins with its length; beyond every message where that is not there. */
function skip(message: Buffer, at: number, lengthBytes: number): number {
	return at + lengthBytes > message.length
		? Number.POSITIVE_INFINITY
		: at + lengthBytes + message.readUIntBE(at, lengthBytes);
}

/** One entry, of type host name. */
function onlyName(list: Buffer): string | undefined {
	if (list.length < 5 || list.readUInt16BE(0) !== list.length - 2 || list[2] !== 0) return undefined;
	if (list.readUInt16BE(3) !== list.length - 5) return undefined;
	return list.toString("latin1", 5).toLowerCase();
}
