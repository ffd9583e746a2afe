import { ELF_HEADERS, elfHeaders, LOADED_AT } from "../../src/engine/elf.ts";

/**
 * A kernel call. `text` and `bytes` become pointers to data of the program; `result` is what an earlier call returned.
 */
export type Call = {
	call: number;
	args?: (number | bigint | { text: string } | { bytes: Uint8Array } | { result: number })[];
};
/** A child that waits for ever. */
export type Fork = { fork: true };
export type Step = Call | Fork;

/** rdi rsi rdx r10 r8 r9: `mov reg, imm64` of each, and `mov reg, [imm32]`. */
const LOAD = [0x48bf, 0x48be, 0x48ba, 0x49ba, 0x49b8, 0x49b9];
const FETCH = [0x488b3c25, 0x488b3425, 0x488b1425, 0x4c8b1425, 0x4c8b0425, 0x4c8b0c25];

/** Numbers of kernel calls on x86-64. */
export const SYS = {
	open: 2,
	mmap: 9,
	socket: 41,
	clone: 56,
	fork: 57,
	ptrace: 101,
	syslog: 103,
	setuid: 105,
	mknod: 133,
	personality: 135,
	setpriority: 141,
	chroot: 161,
	settimeofday: 164,
	mount: 165,
	umount: 166,
	swapon: 167,
	sethostname: 170,
	initModule: 175,
	addKey: 248,
	keyctl: 250,
	ioprioSet: 251,
	unshare: 272,
	perfEventOpen: 298,
	setns: 308,
	processVmReadv: 310,
	bpf: 321,
	userfaultfd: 323,
	ioUringSetup: 425,
} as const;

/**
 * A static x86-64 Linux program that makes these calls one after the other: no compiler, no library, no shell between
 * the attack and the kernel. It exits 0 when every call worked, else with the error number of the first that did not.
 */
export function program(steps: readonly Step[]): Uint8Array {
	const code: Buffer[] = [];
	const data: Buffer[] = [];
	const patches: { chunk: number; at: number; offset: number }[] = [];
	let dataSize = 8 * steps.length; // one word for the result of each call
	const store = (bytes: Uint8Array) => {
		data.push(Buffer.from(bytes));
		dataSize += bytes.length;
		return dataSize - bytes.length;
	};
	const emit = (chunk: Buffer, at?: number, offset?: number) => {
		code.push(chunk);
		if (at !== undefined && offset !== undefined) patches.push({ chunk: code.length - 1, at, offset });
	};
	for (const [index, step] of steps.entries()) {
		const { call, args = [] }: Call = "fork" in step ? { call: SYS.fork } : step;
		for (const [place, arg] of args.entries()) {
			if (typeof arg !== "object") emit(word(LOAD[place] ?? 0, BigInt(arg)));
			else if ("result" in arg) emit(instruction(FETCH[place] ?? 0, 4, 4), 4, arg.result * 8);
			else emit(word(LOAD[place] ?? 0, 0n), 2, store("text" in arg ? Buffer.from(`${arg.text}\0`) : arg.bytes));
		}
		emit(Buffer.concat([Buffer.from([0xb8]), uint32(call), Buffer.from([0x0f, 0x05])])); // mov eax, call; syscall
		emit(instruction(0x48890425, 4, 4), 4, index * 8); // mov [result], rax
		if ("fork" in step) emit(CHILD_WAITS);
		emit(EXIT_IF_FAILED);
	}
	emit(Buffer.from([0x31, 0xff, 0xb8, 0xe7, 0, 0, 0, 0x0f, 0x05])); // exit_group(0)
	const start = BigInt(LOADED_AT + ELF_HEADERS) + BigInt(code.reduce((size, { length }) => size + length, 0));
	for (const { chunk, at, offset } of patches) {
		const target = code[chunk];
		const address = start + BigInt(offset);
		if (target === undefined) continue;
		if (target.length - at >= 8) target.writeBigUInt64LE(address, at);
		else target.writeUInt32LE(Number(address), at);
	}
	return elf(Buffer.concat([...code, Buffer.alloc(8 * steps.length), ...data]));
}

/** test rax, rax; jnz over; pause for ever */
const CHILD_WAITS = Buffer.from([0x48, 0x85, 0xc0, 0x75, 0x09, 0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7]);
/** test rax, rax; jns over; neg rax; exit_group(rax) */
const EXIT_IF_FAILED = Buffer.from([
	0x48, 0x85, 0xc0, 0x79, 0x0d, 0x48, 0xf7, 0xd8, 0x48, 0x89, 0xc7, 0xb8, 0xe7, 0, 0, 0, 0x0f, 0x05,
]);

function instruction(opcode: number, opcodeBytes: number, operandBytes: number): Buffer {
	const bytes = Buffer.alloc(opcodeBytes + operandBytes);
	bytes.writeUIntBE(opcode, 0, opcodeBytes);
	return bytes;
}

function word(opcode: number, value: bigint): Buffer {
	const bytes = instruction(opcode, 2, 8);
	bytes.writeBigUInt64LE(BigInt.asUintN(64, value), 2);
	return bytes;
}

function uint32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
}

function elf(body: Buffer): Uint8Array {
	const image = Buffer.concat([Buffer.alloc(ELF_HEADERS), body]);
	elfHeaders(image, "amd64");
	return image;
}
