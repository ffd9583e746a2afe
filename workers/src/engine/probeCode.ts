/**
 * Machine code for the canary's probes, straight from a list of system calls. A probe must run on any engine and take no
 * memory or libraries of its own, so it is a static program of a few hundred bytes, and no compiler is asked for.
 */
export type Architecture = "amd64" | "arm64";

/** Linux's numbers of the calls that probes make, on either processor. */
const CALLS = {
	openat: [257, 56],
	chdir: [80, 49],
	mkdirat: [258, 34],
	write: [1, 64],
	clone: [56, 220],
	ppoll: [271, 73],
	socket: [41, 198],
	connect: [42, 203],
	exit_group: [231, 94],
	mmap: [9, 222],
	getrandom: [318, 278],
	rt_sigaction: [13, 134],
	unshare: [272, 97],
	keyctl: [250, 219],
	io_uring_setup: [425, 425],
	userfaultfd: [323, 282],
	personality: [135, 92],
} as const;

export type Call = keyof typeof CALLS;

/** A number, where a piece of the program's data lies, scratch memory of `SCRATCH_BYTES`, the last call's answer, or the kept one. */
export type Argument = number | { data: string } | "scratch" | "result" | "kept";

/** Steps follow one another; each `call` leaves its answer, which is negative when it failed. */
export type Step =
	| { call: Call; args: Argument[] }
	/** Keeps the last answer beyond the next call. */
	| { keep: true }
	/** Adds `bit` to what the program exits with, when the last call succeeded. */
	| { onSuccess: number }
	/** Repeats until a round's last call fails, or `times`: then adds `bit`. */
	| { times: number; steps: Step[]; bit: number }
	/** Only where the last answer is 0: in the child of a clone. */
	| { inChild: Step[] }
	| { forever: Step[] }
	/** Ends the program with the bits that were added. */
	| { exit: true };

export const SCRATCH_BYTES = 2 ** 20;

/** Where things are in memory; and registers by their use: arguments, last answer, kept answer, bits, rounds left. */
export type Layout = { dataAt: (name: string) => number; scratchAt: number };

type Encoder = {
	load(register: number, value: number): Buffer;
	move(to: number, from: number): Buffer;
	/** Arguments are in place. */
	invoke(call: Call): Buffer;
	addBits(bits: number): Buffer;
	countDown(): Buffer;
	/** Relative to the end of the jump, in bytes. */
	jump(when: "always" | "failed" | "not-zero" | "rounds-left", by: number): Buffer;
	readonly argument: readonly number[];
	readonly result: number;
	readonly kept: number;
	readonly bits: number;
	readonly rounds: number;
};

const amd64: Encoder = {
	argument: [7, 6, 2, 10, 8, 9], // rdi rsi rdx r10 r8 r9
	result: 0, // rax
	kept: 3, // rbx
	bits: 12,
	rounds: 13,
	load: (register, value) =>
		Buffer.concat([Buffer.from([0x48 | (register >> 3), 0xb8 | (register & 7)]), int64(value)]),
	move: (to, from) => Buffer.from([0x48 | ((from >> 3) << 2) | (to >> 3), 0x89, 0xc0 | ((from & 7) << 3) | (to & 7)]),
	invoke: (call) => Buffer.concat([amd64.load(0, CALLS[call][0]), Buffer.from([0x0f, 0x05])]),
	addBits: (bits) => Buffer.concat([Buffer.from([0x49, 0x81, 0xcc]), int32(bits)]), // or r12, bits
	countDown: () => Buffer.from([0x49, 0xff, 0xcd]), // dec r13
	jump(when, by) {
		if (when === "always") return Buffer.concat([Buffer.from([0xe9]), int32(by)]);
		const test = when === "rounds-left" ? [0x4d, 0x85, 0xed] : [0x48, 0x85, 0xc0]; // test r13, r13 or rax, rax
		return Buffer.concat([Buffer.from([...test, 0x0f, when === "failed" ? 0x88 : 0x85]), int32(by)]);
	},
};

const arm64: Encoder = {
	argument: [0, 1, 2, 3, 4, 5],
	result: 22, // a call's answer comes in x0, where the next one's first argument goes
	kept: 19,
	bits: 20,
	rounds: 21,
	load: (register, value) =>
		Buffer.concat(
			[0, 1, 2, 3].map((part) => {
				const half = Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(16 * part)) & 0xffffn);
				return word((part === 0 ? 0xd2800000 : 0xf2800000) + part * 2 ** 21 + half * 2 ** 5 + register);
			}),
		),
	move: (to, from) => word(0xaa0003e0 + from * 2 ** 16 + to),
	invoke: (call) => Buffer.concat([arm64.load(8, CALLS[call][1]), word(0xd4000001), arm64.move(22, 0)]),
	addBits: (bits) => Buffer.concat([arm64.load(9, bits), word(0xaa000000 + 9 * 2 ** 16 + 20 * 2 ** 5 + 20)]),
	countDown: () => word(0xd1000400 + 21 * 2 ** 5 + 21),
	jump(when, by) {
		const words = by / 4 + 1; // counted from the jump itself
		if (when === "always") return word(0x14000000 + (words & 0x3ffffff));
		if (when === "failed") return word(0xb7f80000 + (words & 0x3fff) * 2 ** 5 + 22); // tbnz: the sign bit
		return word(0xb5000000 + (words & 0x7ffff) * 2 ** 5 + (when === "rounds-left" ? 21 : 22)); // cbnz
	},
};

function int64(value: number): Buffer {
	const bytes = Buffer.alloc(8);
	bytes.writeBigInt64LE(BigInt(value));
	return bytes;
}

function int32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeInt32LE(value);
	return bytes;
}

function word(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value >>> 0);
	return bytes;
}

/** Which processor's code. */
export const encoders: Record<Architecture, Encoder> = { amd64, arm64 };

export function encode(steps: readonly Step[], cpu: Encoder, layout: Layout): Buffer {
	return Buffer.concat(steps.map((step) => encodeStep(step, cpu, layout)));
}

function encodeStep(step: Step, cpu: Encoder, layout: Layout): Buffer {
	if ("call" in step) return Buffer.concat([...placed(step.args, cpu, layout), cpu.invoke(step.call)]);
	if ("keep" in step) return cpu.move(cpu.kept, cpu.result);
	if ("onSuccess" in step) {
		const add = cpu.addBits(step.onSuccess);
		return Buffer.concat([cpu.jump("failed", add.length), add]);
	}
	if ("times" in step) return repeated(step, cpu, layout);
	if ("inChild" in step) {
		const body = encode(step.inChild, cpu, layout);
		return Buffer.concat([cpu.jump("not-zero", body.length), body]);
	}
	if ("forever" in step) {
		const body = encode(step.forever, cpu, layout);
		return Buffer.concat([body, cpu.jump("always", -(body.length + cpu.jump("always", 0).length))]);
	}
	const [status = 0] = cpu.argument;
	return Buffer.concat([cpu.move(status, cpu.bits), cpu.invoke("exit_group")]);
}

function repeated(step: { times: number; steps: Step[]; bit: number }, cpu: Encoder, layout: Layout): Buffer {
	const body = encode(step.steps, cpu, layout);
	const again = cpu.jump("rounds-left", 0).length;
	const add = cpu.addBits(step.bit);
	const tail = Buffer.concat([
		cpu.countDown(),
		cpu.jump("rounds-left", -(body.length + cpu.jump("failed", 0).length + cpu.countDown().length + again)),
		add,
	]);
	return Buffer.concat([cpu.load(cpu.rounds, step.times), body, cpu.jump("failed", tail.length), tail]);
}

function placed(args: readonly Argument[], cpu: Encoder, layout: Layout): Buffer[] {
	return args.map((argument, index) => {
		const register = cpu.argument[index] ?? 0;
		if (argument === "result") return cpu.move(register, cpu.result);
		if (argument === "kept") return cpu.move(register, cpu.kept);
		if (argument === "scratch") return cpu.load(register, layout.scratchAt);
		return cpu.load(register, typeof argument === "number" ? argument : layout.dataAt(argument.data));
	});
}
