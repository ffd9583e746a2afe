import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Hex, LocalAccount } from "viem";
import type { LocalMarket } from "./localMarket.ts";

const LAUNCHER = resolve(import.meta.dirname, "../bin/depin.js");

export type CliResult = {
	code: number;
	stdout: string;
	stderr: string;
	/** stdout as the one JSON object it must be. */
	// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every command.
	json: () => any;
};

export type RunCliOptions = {
	env?: Record<string, string>;
	cwd?: string;
	input?: string;
	/** Called when the command is running; for signals. */
	onSpawn?: (pid: number, stderr: NodeJS.ReadableStream, stdout: NodeJS.ReadableStream) => void;
};

/** Runs the real command as a person would, without a terminal. */
export function runCli(args: readonly string[], options: RunCliOptions = {}): Promise<CliResult> {
	const { PATH = "", HOME = "" } = process.env;
	const child = spawn(process.execPath, [LAUNCHER, ...args], {
		cwd: options.cwd ?? tmpdir(),
		env: { PATH, HOME, XDG_CONFIG_HOME: "/nonexistent", ...options.env },
	});
	child.stdin.end(options.input ?? "");
	let stdout = "";
	let stderr = "";
	child.stdout.on("data", (chunk) => {
		stdout += chunk;
	});
	child.stderr.on("data", (chunk) => {
		stderr += chunk;
	});
	if (child.pid) options.onSpawn?.(child.pid, child.stderr, child.stdout);
	return new Promise((done, failed) => {
		child.once("error", failed);
		child.once("close", (code) => done({ code: code ?? -1, stdout, stderr, json: () => oneObject(stdout) }));
	});
}

function oneObject(stdout: string): unknown {
	const lines = stdout.split("\n");
	if (lines.length !== 2 || lines[1] !== "") throw new Error(`stdout is not one line of JSON:\n${stdout}`);
	return JSON.parse(lines[0] ?? "");
}

/** A folder that goes away with the test, and profiles in it. */
export function profileFolder() {
	const folder = mkdtempSync(join(tmpdir(), "depin-cli-"));
	const write = (name: string, profile: Record<string, unknown>, mode = 0o600) => {
		const path = join(folder, `${name}.json`);
		writeFileSync(path, JSON.stringify({ name, ...profile }), { mode });
		return path;
	};
	const of = (market: LocalMarket, account: LocalAccount) => ({
		chainId: market.deployment.chainId,
		rpcUrl: market.rpcUrl,
		market: market.deployment.market,
		asset: market.deployment.asset,
		key: keyOf(account),
	});
	return { folder, write, of, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

function keyOf(account: LocalAccount): Hex {
	if (account.source !== "hd" || !("getHdKey" in account) || typeof account.getHdKey !== "function") {
		throw new TypeError("only the well-known test accounts have a key to write down");
	}
	return `0x${Buffer.from(account.getHdKey().privateKey).toString("hex")}`;
}
