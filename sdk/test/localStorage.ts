import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../../deploy/setup/freePort.ts";

const WORKER = resolve(import.meta.dirname, "../../workers/bin/depin-worker.js");

/** The real storage role, with a folder of its own. */
export type LocalStorage = { url: string; token: string; stop: () => Promise<void> };

export async function startLocalStorage(): Promise<LocalStorage> {
	const dir = await mkdtemp(join(tmpdir(), "depin-sdk-storage-"));
	const token = "sdk-test-token-0123";
	const port = await freePort();
	const config = join(dir, "storage.json");
	const listen = { host: "127.0.0.1", port };
	await writeFile(config, JSON.stringify({ listen, dir: join(dir, "blocks"), tokens: [token], reserveBytes: 0 }));
	const worker = spawn(process.execPath, [WORKER, "storage", "--config", config], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	let said = "";
	for (const stream of [worker.stdout, worker.stderr]) stream.on("data", (chunk) => (said += chunk));
	const url = `http://127.0.0.1:${port}`;
	const ended = new Promise<void>((done) => worker.once("exit", () => done()));
	while (!(await answers(url))) {
		if (worker.exitCode !== null) throw new Error(`the storage role ended:\n${said}`);
		await new Promise((retry) => setTimeout(retry, 50));
	}
	const stop = async () => {
		worker.kill("SIGTERM");
		await ended;
		await rm(dir, { recursive: true, force: true });
	};
	return { url, token, stop };
}

function answers(url: string): Promise<boolean> {
	return fetch(`${url}/ready`).then(
		({ ok }) => ok,
		() => false,
	);
}
