import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Absolute paths of the shared libraries that `program` loads, its loader included, as this machine's `ldd` resolves them.
 * `program` is an absolute path of a trusted program (`ldd` may run it). Throws when a library is missing here.
 */
export async function sharedLibraries(program: string): Promise<string[]> {
	// Whoever starts us must not slip a library of their own into the image.
	const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C" };
	const { stdout } = await promisify(execFile)("ldd", [program], { env }).catch((error: Error) => {
		throw new Error(`ldd cannot list the shared libraries of ${program}: ${error.message.trim()}`);
	});
	return parseLdd(stdout);
}

/** The paths in what `ldd` printed; lines look like `libc.so.6 => /lib/libc.so.6 (0x…)` or `/lib64/ld-linux.so.2 (0x…)`. */
export function parseLdd(output: string): string[] {
	const paths = new Set<string>();
	for (const line of output.split("\n").map((each) => each.trim())) {
		// The kernel maps this one into every process; it is no file.
		if (line === "" || line.startsWith("linux-vdso.so")) continue;
		const path = /^(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line)?.[1];
		if (path === undefined) throw new Error(`ldd reports "${line}", so the base image would not start`);
		paths.add(path);
	}
	return [...paths].sort();
}
