import { ELF_HEADERS, elfHeaders, LOADED_AT } from "./elf.ts";
import { type Architecture, encode, encoders, type Layout, SCRATCH_BYTES, type Step } from "./probeCode.ts";

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
