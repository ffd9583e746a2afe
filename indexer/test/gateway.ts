// The gateway as it runs for users, before a real mirror of a real chain.
import { join } from "node:path";
import { type GatewayConfigInput, parseConfig } from "../gateway/config.ts";
import { type Gateway, startGateway } from "../gateway/gateway.ts";
import { streams } from "./listener.ts";
import { until } from "./mirror.ts";

type Parts = { mirrorUrl: string; rpcUrl: string; dir: string };

/** Starts it, with budgets that no test exhausts; resolves when it is at the head and streams. */
export async function openGateway(parts: Parts, config: Partial<GatewayConfigInput> = {}): Promise<Gateway> {
	const gateway = await startGateway(
		parseConfig({
			listen: { port: 0 },
			mirror: { url: parts.mirrorUrl },
			chain: { rpcUrl: parts.rpcUrl },
			database: join(parts.dir, `gateway-${++opened}.db`),
			limits: { perMinute: 10_000_000, burst: 1_000_000, streams: 100_000, streamsPerClient: 100_000 },
			...config,
		}),
	);
	await until(async () => (await fetch(`${gateway.url}/ready`)).ok);
	await until(() => streams(gateway.url));
	return gateway;
}
let opened = 0;
