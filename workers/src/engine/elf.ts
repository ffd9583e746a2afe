import type { Architecture } from "./probeCode.ts";

export const LOADED_AT = 0x400000;
/** Before the program's own bytes. */
export const ELF_HEADERS = 64 + 56;
const MACHINE: Record<Architecture, number> = { amd64: 62, arm64: 183 };

/**
 * Writes the headers of a static Linux executable over the first bytes of its image. One segment, readable, writable and
 * executable, holds everything; the program begins right after the headers.
 */
export function elfHeaders(image: Buffer, architecture: Architecture, memoryBytes = image.length): void {
	image.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
	image.writeUInt16LE(2, 16); // an executable
	image.writeUInt16LE(MACHINE[architecture], 18);
	image.writeUInt32LE(1, 20);
	image.writeBigUInt64LE(BigInt(LOADED_AT + ELF_HEADERS), 24); // entry
	image.writeBigUInt64LE(64n, 32); // program headers
	image.writeUInt16LE(64, 52);
	image.writeUInt16LE(56, 54);
	image.writeUInt16LE(1, 56);
	image.writeUInt32LE(1, 64); // PT_LOAD
	image.writeUInt32LE(7, 68);
	image.writeBigUInt64LE(BigInt(LOADED_AT), 80);
	image.writeBigUInt64LE(BigInt(LOADED_AT), 88);
	image.writeBigUInt64LE(BigInt(image.length), 96);
	image.writeBigUInt64LE(BigInt(memoryBytes), 104);
	image.writeBigUInt64LE(0x10000n, 112);
}
