import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { explain } from "./failure.js";

/**
 * Runs a program of the system, its output in `log`.
 * @throws SetupFailure with the cause and the way out when it ends with anything but 0
 */
export async function command(program: string, args: string[], log: string): Promise<void> {
	mkdirSync(dirname(log), { recursive: true });
	const output = openSync(log, "a");
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	const child = spawn(program, args, { stdio: ["ignore", output, output], env });
	closeSync(output);
	const code = await new Promise((settle, reject) => child.once("error", reject).once("exit", settle));
	if (code !== 0)
		throw explain(
			`\`${program} ${args.filter((arg) => !arg.includes("::")).join(" ")}\``,
			readFileSync(log, "utf8"),
			log,
		);
}
