// Bytes without Node's Buffer: these modules run in a page as they do in a process.
import { base64pad } from "multiformats/bases/base64";

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
	let offset = 0;
	for (const part of parts) {
		whole.set(part, offset);
		offset += part.byteLength;
	}
	return whole;
}

export function equalBytes(one: Uint8Array, two: Uint8Array): boolean {
	return one.byteLength === two.byteLength && one.every((byte, index) => byte === two[index]);
}

/** How many bytes a text takes as UTF-8. */
export function utf8Length(text: string): number {
	return new TextEncoder().encode(text).byteLength;
}

export function toBase64(bytes: Uint8Array): string {
	return base64pad.baseEncode(bytes);
}

/** @throws {SyntaxError} for what is not base64. */
export function fromBase64(text: string): Uint8Array {
	return base64pad.baseDecode(text);
}

/** Reads a short stream whole. */
export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	const parts: Uint8Array[] = [];
	for await (const part of body) parts.push(part);
	return concatBytes(parts);
}
