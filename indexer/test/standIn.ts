// A mirror and a chain that say what a test wants: for what a real one does only when something is wrong with it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type GatewayConfigInput, parseConfig } from "../gateway/config.ts";
import { type Gateway, startGateway } from "../gateway/gateway.ts";

export const market = `0x${"aa".repeat(20)}` as const;

export type StandIn = {
	gateway: Gateway;
	/** What reached the mirror, `/v1/status` aside. */
	asked: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[];
	/** The mirror's and the chain's last block. */
	blocks: { mirror: number; chain: number };
	close(): Promise<void>;
};

export type Answer = (
	request: { url: string; body: string },
	response: ServerResponse,
) => { status?: number; body: unknown } | undefined;

export async function startStandIn(answer: Answer, config: Partial<GatewayConfigInput> = {}): Promise<StandIn> {
	const asked: StandIn["asked"] = [];
	const blocks = { mirror: 7, chain: 7 };
	const mirror = await listen(async (request, response) => {
		const url = request.url ?? "";
		const block = blocks.mirror;
		response.setHeader("Depin-Indexed-Block", String(block));
		if (url === "/v1/status") return json(response, 200, { chainId: 31337, market, asset: market, block, time: block });
		// The gateway's look at whether rows and chain agree: nothing here says otherwise.
		if (url.startsWith("/v1/events?")) return json(response, 200, { items: [], nextCursor: null });
		const body = await read(request);
		asked.push({ method: request.method ?? "", url, headers: request.headers, body });
		const answered = answer({ url, body }, response);
		if (answered) json(response, answered.status ?? 200, answered.body);
	});
	const chain = await listen(async (request, response) => {
		const { id } = JSON.parse(await read(request));
		json(response, 200, { jsonrpc: "2.0", id, result: `0x${blocks.chain.toString(16)}` });
	});
	const gateway = await startGateway(
		parseConfig({
			listen: { port: 0 },
			mirror: { url: urlOf(mirror), pollMs: 20 },
			chain: { rpcUrl: urlOf(chain) },
			database: ":memory:",
			...config,
		}),
	);
	return {
		gateway,
		asked,
		blocks,
		async close() {
			await gateway.close();
			for (const server of [mirror, chain]) {
				server.closeAllConnections();
				server.close();
			}
		},
	};
}

function listen(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void): Promise<Server> {
	const server = createServer((request, response) => void handle(request, response));
	return new Promise((settle) => server.listen(0, "127.0.0.1", () => settle(server)));
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function json(response: ServerResponse, status: number, body: unknown): void {
	response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<string> {
	const parts: Buffer[] = [];
	for await (const part of request) parts.push(part);
	return Buffer.concat(parts).toString();
}
