import { type Architecture, encode, encoders, type Layout, SCRATCH_BYTES, type Step } from "./probeCode.ts";

const LOADED_AT = 0x400000;
const ELF_HEADERS = 64 + 56;
const MACHINE: Record<Architecture, number> = { amd64: 62, arm64: 183 };

/** A static Linux program of these steps. `data` is named by `{ data: name }` among arguments. */
export function probeProgram(steps: readonly Step[], data: Record<string, Buffer>, architecture: Architecture): Buffer {
	const cpu = encoders[architecture];
	// Every load has one length whatever its value, so that a first pass tells where the data will be.
	const prologue = cpu.load(cpu.bits, 0);
	const codeBytes = prologue.length + encode(steps, cpu, { dataAt: () => 0, scratchAt: 0 }).length;
	const offsets = new Map<string, number>();
	let end = LOADED_AT + ELF_HEADERS + codeBytes;
	for (const [name, bytes] of Object.entries(data)) {
		end += -end & 15;
		offsets.set(name, end);
		end += bytes.length;
	}
	const image = Buffer.alloc(end - LOADED_AT);
	const layout: Layout = {
		dataAt(name) {
			const at = offsets.get(name);
			if (at === undefined) throw new RangeError(`the probe has no data ${name}`);
			return at;
		},
		scratchAt: end + (-end & 4095),
	};
	elfHeaders(image, architecture, layout.scratchAt + SCRATCH_BYTES - LOADED_AT);
	Buffer.concat([prologue, encode(steps, cpu, layout)]).copy(image, ELF_HEADERS);
	for (const [name, bytes] of Object.entries(data)) bytes.copy(image, layout.dataAt(name) - LOADED_AT);
	return image;
}

/** One segment, readable, writable and executable, that holds everything. */
function elfHeaders(image: Buffer, architecture: Architecture, memoryBytes: number): void {
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
