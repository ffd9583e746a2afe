import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { serveChain, writeChain } from "./chainFile.ts";
import { startGateway } from "./gatewayProcess.ts";
import { startPonder } from "./ponderProcess.ts";
import type { Said, Sent } from "./streamClients.ts";

const CLIENTS = 1_000;
const EVENTS_A_BLOCK = 2;
/** History: the market is set up, and some jobs are under way. */
const PAST_BLOCKS = 300;
/** Not in step with the 200 ms at which the mirror asks for news. */
const BLOCK_MS = 430;

export interface Streams {
	clients: number;
	p50Ms: number;
	p95Ms: number;
	missed: number;
	doubled: number;
	/** Of the gateway, with everybody listening. */
	rssMiB: number;
}

interface StreamSetting {
	/** Where chain files are kept. */
	files: string;
	dir: string;
	databaseUrl: string;
	ports: { mirror: number; gateway: number };
	seconds: number;
}

/** A thousand clients of one gateway on a chain that grows: from when a block can be seen to its events at the client. */
export async function measureStreams({ files, dir, databaseUrl, ports, seconds }: StreamSetting): Promise<Streams> {
	const blocks = Math.ceil((seconds * 1_000) / BLOCK_MS);
	const path = join(files, `live-${blocks}.ndjson`);
	await writeChain(path, (PAST_BLOCKS + blocks) * EVENTS_A_BLOCK, EVENTS_A_BLOCK);
	const chain = await serveChain(path, 1 + PAST_BLOCKS);
	const setting = { app: "indexer", schema: "live", dir, rpcUrl: chain.url, databaseUrl };
	const mirror = startPonder({ ...setting, port: ports.mirror });
	let stop = async () => {};
	try {
		await mirror.ready();
		const gateway = await startGateway({ dir, port: ports.gateway, mirrorUrl: mirror.url, rpcUrl: chain.url });
		stop = gateway.stop;
		const clients = fork(join(import.meta.dirname, "streamClients.ts"), [gateway.url, String(CLIENTS)]);
		const [opened] = (await once(clients, "message")) as [Said];
		const releasedAt: Sent["releasedAt"] = {};
		for (let block = 0; block < blocks; block++) {
			chain.release();
			releasedAt[chain.height()] = Date.now();
			await pause(BLOCK_MS);
		}
		const rssMiB = gateway.rssMiB();
		clients.send({ releasedAt, wanted: blocks * EVENTS_A_BLOCK } satisfies Sent);
		const [reckoned] = (await once(clients, "message")) as [Said];
		clients.kill();
		if (!("open" in opened) || "open" in reckoned) throw new Error("the clients did not keep to their order");
		return { clients: opened.open, ...reckoned, rssMiB };
	} finally {
		await stop();
		await mirror.stop();
		chain.close();
	}
}
