import { join } from "node:path";
import { type Chain, createTestClient, http, publicActions, type TestClient } from "viem";
import { hardhat } from "viem/chains";
import type { ServicePlan } from "./service.ts";

export function chainPlan(root: string, port: number) {
	const url = `http://127.0.0.1:${port}`;
	return {
		name: "chain",
		args: [join(root, "deploy/devnet/chainProcess.ts"), String(port)],
		cwd: root,
		url,
		isReady: async () => (await rpc(url, "eth_chainId")) !== undefined,
		patienceMs: 60_000,
		drainMs: 5_000,
	} satisfies Partial<ServicePlan>;
}

/** A block every so many milliseconds from now on, whether or not anybody sent something, as on a real chain; 0: none. */
export async function mineEvery(url: string, ms: number): Promise<void> {
	const client = testClient(url);
	await client.setAutomine(false);
	await client.setIntervalMining({ interval: ms / 1_000 });
}

export function testClient(url: string): TestClient<"hardhat", ReturnType<typeof http>, Chain> {
	return createTestClient({ mode: "hardhat", chain: hardhat, transport: http(url), pollingInterval: 50 });
}

export const publicClient = (url: string) => testClient(url).extend(publicActions);

/** One JSON-RPC call; undefined while nobody answers. */
async function rpc(url: string, method: string, params: unknown[] = []): Promise<unknown> {
	try {
		const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
		const headers = { "content-type": "application/json" };
		const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(5_000) });
		const { result }: { result?: unknown } = JSON.parse(await answer.text());
		return result;
	} catch (error) {
		if (error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError"))
			return undefined;
		throw error;
	}
}
