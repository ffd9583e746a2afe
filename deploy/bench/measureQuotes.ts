import { HEARTBEAT_SKEW, type QuoteRequest, type SignedHeartbeat, signHeartbeat } from "depin/indexer";
import { keccak256, numberToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { CHAIN_ID, MARKET } from "./chainFile.ts";
import { startGateway } from "./gatewayProcess.ts";
import { type Load, loadRequests } from "./loadRequests.ts";
import type { Postgres } from "./postgres.ts";
import { copy } from "./seedMirror.ts";

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
	const gateway = await startGateway({ dir, port, mirrorUrl, rpcUrl });
	const { url } = gateway;
	try {
		// Signed before any is sent: they count from their arrival, and not for long.
		const waiting = await Promise.all(accounts.map(sign));
		const send = async () => {
			for (let signed = waiting.pop(); signed !== undefined; signed = waiting.pop()) await beat(url, signed);
		};
		await Promise.all(Array.from({ length: AT_ONCE }, send));
		const live = await liveNodes(url);
		if (live !== NODES) throw new Error(`${live} of ${NODES} nodes are live`);
		const requestOf = () => ({ path: "/v1/quote", body: JSON.stringify(order) });
		return await loadRequests(url, { rate: RATE, seconds: SECONDS, requestOf });
	} finally {
		await gateway.stop();
	}
}

function sign(account: ReturnType<typeof privateKeyToAccount>, index: number): Promise<SignedHeartbeat> {
	const total = { slots: 4, cpus: 1 + (index % 16), memoryMiB: 16_384, gpus: index % 3, diskMiB: 100_000 };
	const said = {
		...{ version: 1 as const, class: 1, draining: false, total, free: total },
		sentAt: Date.now() + (HEARTBEAT_SKEW * 1_000) / 2, // as from a clock that is ahead, which is allowed for
		tiers: ["container" as const],
		price: { min: String(100 + index), minPerSecond: "0" },
		warm: { images: [], contents: [] },
	};
	return signHeartbeat({ chainId: CHAIN_ID, market: MARKET }, account, said);
}

async function beat(url: string, signed: SignedHeartbeat): Promise<void> {
	const answer = await fetch(`${url}/v1/nodes/${signed.heartbeat.node}/heartbeat`, {
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
