import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type QuoteRequest, signHeartbeat } from "depin/indexer";
import { keccak256, numberToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { CHAIN_ID, MARKET } from "./chainFile.ts";
import { type Load, loadRequests } from "./loadRequests.ts";
import type { Postgres } from "./postgres.ts";
import { copy } from "./seedMirror.ts";

const GATEWAY = resolve(import.meta.dirname, "../../indexer/gateway/main.ts");
const NODES = 1_000;
const RATE = 20;
const SECONDS = 15;
const AT_ONCE = 16;

const order: QuoteRequest = {
	class: 1,
	startPrice: "500",
	maxPrice: "500",
	maxRun: 1_500,
	bond: "50",
	resources: { cpus: 2, memoryMiB: 1_024, gpus: 0, diskMiB: 100 },
};

interface QuoteSetting {
	postgres: Postgres;
	mirrorUrl: string;
	rpcUrl: string;
	dir: string;
	port: number;
}

/** Quotes by a gateway of its own over a thousand nodes that have just signed what they could take on. */
export async function measureQuotes({ postgres, mirrorUrl, rpcUrl, dir, port }: QuoteSetting): Promise<Load> {
	const accounts = Array.from({ length: NODES }, (_, index) => privateKeyToAccount(keccak256(numberToHex(index + 1))));
	await copy(postgres, "mirror", "node", [...accounts.keys()], (index) => [
		{ address: accounts[index]?.address.toLowerCase(), status: "active" },
	]);
	const config = join(dir, "gateway.json");
	const limits = { perMinute: 10_000_000, burst: 10_000_000 };
	const listen = { host: "127.0.0.1", port };
	const parts = { listen, mirror: { url: mirrorUrl }, chain: { rpcUrl }, database: "gateway.sqlite", limits };
	writeFileSync(config, JSON.stringify(parts));
	const gateway = spawn(process.execPath, [GATEWAY, "--config", config], { stdio: ["ignore", "ignore", "inherit"] });
	const url = `http://127.0.0.1:${port}`;
	try {
		while (!(await answers(`${url}/ready`))) {
			if (gateway.exitCode !== null) throw new Error(`the gateway ended with ${gateway.exitCode}`);
			await pause(100);
		}
		const waiting = [...accounts.keys()];
		const send = async () => {
			for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
				const account = accounts[index];
				if (account) await beat(url, account, index);
			}
		};
		await Promise.all(Array.from({ length: AT_ONCE }, send));
		const live = await liveNodes(url);
		if (live !== NODES) throw new Error(`${live} of ${NODES} nodes are live`);
		const requestOf = () => ({ path: "/v1/quote", body: JSON.stringify(order) });
		return await loadRequests(url, { rate: RATE, seconds: SECONDS, requestOf });
	} finally {
		const ended = once(gateway, "exit");
		if (gateway.exitCode === null && gateway.kill()) await ended;
	}
}

async function beat(url: string, account: ReturnType<typeof privateKeyToAccount>, index: number): Promise<void> {
	const total = { slots: 4, cpus: 1 + (index % 16), memoryMiB: 16_384, gpus: index % 3, diskMiB: 100_000 };
	const said = {
		...{ version: 1 as const, sentAt: Date.now(), class: 1, draining: false, total, free: total },
		tiers: ["container" as const],
		price: { min: String(100 + index), minPerSecond: "0" },
		warm: { images: [], contents: [] },
	};
	const signed = await signHeartbeat({ chainId: CHAIN_ID, market: MARKET }, account, said);
	const answer = await fetch(`${url}/v1/nodes/${account.address.toLowerCase()}/heartbeat`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(signed),
	});
	if (answer.status !== 202) throw new Error(`a heartbeat was answered ${answer.status}: ${await answer.text()}`);
}

async function liveNodes(url: string): Promise<number> {
	const headers = { "content-type": "application/json" };
	const answer = await fetch(`${url}/v1/quote`, { method: "POST", headers, body: JSON.stringify(order) });
	return ((await answer.json()) as { live: number }).live;
}

function answers(url: string): Promise<boolean> {
	return fetch(url).then(
		({ ok }) => ok,
		(error: unknown) => {
			if (error instanceof TypeError) return false;
			throw error;
		},
	);
}
