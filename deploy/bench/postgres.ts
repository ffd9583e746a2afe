// A PostgreSQL server of a benchmark's or test's own, with default settings, on this machine alone and gone afterwards.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { SetupFailure } from "../setup/failure.js";
import { postgresPrograms } from "../setup/servers.ts";

const run = promisify(execFile);

export type Postgres = Awaited<ReturnType<typeof startPostgres>>;

/** @throws SetupFailure where PostgreSQL is not installed */
export async function startPostgres(port: number) {
	const programs = postgresPrograms();
	if (programs === undefined)
		throw new SetupFailure("PostgreSQL is not installed", "install it (`apt-get install postgresql`) and run again");
	const program = (name: string) => join(programs, name);
	const dir = mkdtempSync(join(tmpdir(), "depin-postgres-"));
	chmodSync(dir, 0o777);
	const data = join(dir, "data");
	// It refuses to run as root.
	const as = process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--"] : [];
	const command = (name: string, ...args: string[]): [string, string[]] => {
		const [first = "", ...rest] = [...as, program(name), ...args];
		return [first, rest];
	};
	const control = async (...args: string[]) => {
		const [file, rest] = command("pg_ctl", "-D", data, "-w", ...args);
		const child = spawn(file, rest, { cwd: dir, stdio: "ignore" });
		const [code] = (await once(child, "exit")) as [number | null];
		if (code !== 0) throw new Error(`pg_ctl ${args.join(" ")} ended with ${code}`);
	};
	await run(...command("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"), {
		cwd: dir,
	});
	await control("-l", join(dir, "log"), "-o", `-p ${port} -c listen_addresses=127.0.0.1 -k ${dir}`, "start");
	const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
	const psql = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url];
	return {
		url,
		/** Another database of this server; the URL of it. */
		async createDatabase(name: string): Promise<string> {
			await run(program("psql"), [...psql, "-c", `create database ${name}`]);
			return url.replace(/postgres$/, name);
		},
		/** Rows as JSON. */
		async query<Row>(sql: string): Promise<Row[]> {
			const asJson = `select coalesce(json_agg(answer), '[]') from (${sql}) answer`;
			const { stdout } = await run(program("psql"), [...psql, "-At", "-c", asJson], { maxBuffer: 2 ** 28 });
			return JSON.parse(stdout) as Row[];
		},
		async execute(sql: string): Promise<void> {
			await run(program("psql"), [...psql, "-c", sql]);
		},
		/** COPY of CSV lines; triggers do not fire. */
		async copy(target: string, lines: Readable): Promise<void> {
			const replica = ["-c", "set session_replication_role = replica", "-c", `copy ${target} from stdin csv`];
			const child = spawn(program("psql"), [...psql, ...replica], { stdio: ["pipe", "inherit", "inherit"] });
			const ended = once(child, "exit") as Promise<[number | null]>;
			await pipeline(lines, child.stdin);
			const [code] = await ended;
			if (code !== 0) throw new Error(`COPY into ${target} ended with ${code}`);
		},
		async stop(): Promise<void> {
			await control("-m", "fast", "stop");
			rmSync(dir, { recursive: true, force: true });
		},
	};
}
