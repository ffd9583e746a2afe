import { open } from "node:fs/promises";

/** What this project needs to know of a Linux program or shared library. */
export type ElfFile = {
	/** The processor it is made for, in the words of the engine's API. */
	architecture: "amd64" | "arm64";
	/** The linker's own hash of the contents (GNU build ID), in hex; undefined when the file carries none. */
	buildId: string | undefined;
};

const ARCHITECTURES: Record<number, ElfFile["architecture"]> = { 62: "amd64", 183: "arm64" };
const PT_NOTE = 4;
const NT_GNU_BUILD_ID = 3;
const HEAD_BYTES = 4096;

/** Reads the head of a 64-bit little-endian ELF file; throws when the file is something else (a macOS binary, a script). */
export async function readElf(path: string): Promise<ElfFile> {
	const file = await open(path, "r");
	try {
		const head = Buffer.alloc(HEAD_BYTES);
		const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
		const is64BitLittleEndian =
			bytesRead >= 64 && head.readUInt32BE(0) === 0x7f454c46 && head.readUInt16BE(4) === 0x0201;
		const architecture = is64BitLittleEndian ? ARCHITECTURES[head.readUInt16LE(18)] : undefined;
		if (architecture === undefined) throw new Error(`${path} is not a Linux program for amd64 or arm64`);
		for (const { offset, size } of notes(head.subarray(0, bytesRead))) {
			const segment = Buffer.alloc(size);
			await file.read(segment, 0, size, offset);
			const buildId = findBuildId(segment);
			if (buildId !== undefined) return { architecture, buildId };
		}
		return { architecture, buildId: undefined };
	} finally {
		await file.close();
	}
}

function notes(head: Buffer): { offset: number; size: number }[] {
	const table = Number(head.readBigUInt64LE(32));
	const entryBytes = head.readUInt16LE(54);
	const found = [];
	for (let i = 0; i < head.readUInt16LE(56); i++) {
		const at = table + i * entryBytes;
		if (at + entryBytes > head.length) break;
		if (head.readUInt32LE(at) !== PT_NOTE) continue;
		const size = Number(head.readBigUInt64LE(at + 32));
		if (size <= 65536) found.push({ offset: Number(head.readBigUInt64LE(at + 8)), size });
	}
	return found;
}

function findBuildId(segment: Buffer): string | undefined {
	const padded = (bytes: number) => (bytes + 3) & ~3;
	for (let at = 0; at + 12 <= segment.length; ) {
		const nameBytes = segment.readUInt32LE(at);
		const valueBytes = segment.readUInt32LE(at + 4);
		const value = at + 12 + padded(nameBytes);
		const isBuildId = segment.readUInt32LE(at + 8) === NT_GNU_BUILD_ID;
		if (isBuildId && segment.toString("latin1", at + 12, at + 16) === "GNU\0") {
			return segment.toString("hex", value, value + valueBytes);
		}
		at = value + padded(valueBytes);
	}
	return undefined;
}
