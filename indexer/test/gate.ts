// A way to the chain that can be shut at a block: whoever asks for a later one waits, as on a chain that does not answer. It
// can also be cut: then nobody is answered anything.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export type Gate = Awaited<ReturnType<typeof openGate>>;

/** Passes JSON-RPC on to `target`. */
export async function openGate(target: string) {
	let last = Number.POSITIVE_INFINITY;
	let opened = Promise.withResolvers<void>();
	let waiting = 0;
	let whole = true;
	const server = createServer(async (request, response) => {
		const body = await bodyOf(request);
		if (!whole) return void response.destroy();
		if (blockAskedFor(body) > last) {
			waiting += 1;
			await opened.promise;
		}
		if (response.destroyed) return;
		const asked = { method: "POST", headers: { "content-type": "application/json" }, body };
		const answer = await fetch(target, asked).catch(() => undefined);
		if (!answer) return void response.destroy();
		response.setHeader("content-type", "application/json").end(await answer.text());
	});
	await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		/** Lets nobody see further than `block`. */
		shut(block: number): void {
			last = block;
			waiting = 0;
			opened = Promise.withResolvers<void>();
		},
		open(): void {
			last = Number.POSITIVE_INFINITY;
			opened.resolve();
		},
		cut(): void {
			whole = false;
		},
		mend(): void {
			whole = true;
		},
		/** Requests held back since the gate was shut. */
		waiting: () => waiting,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	const parts: Buffer[] = [];
	for await (const part of request) parts.push(part);
	return Buffer.concat(parts).toString();
}

/** The block whose content is asked for; the head itself may always be asked for. */
function blockAskedFor(body: string): number {
	const { method, params = [] } = JSON.parse(body) as { method: string; params?: unknown[] };
	const [first, withTransactions] = params;
	if (method === "eth_getLogs") return Number((first as { toBlock?: string }).toBlock ?? 0);
	if (method !== "eth_getBlockByNumber" || withTransactions !== true) return 0;
	return typeof first === "string" && first.startsWith("0x") ? Number(first) : 0;
}
