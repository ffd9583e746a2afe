import { type Hash, type Hex, hexToBigInt, hexToNumber } from "viem";
import { z } from "zod";
import type { Logger } from "./log.ts";
import { backoffMs, sleep } from "./loop.ts";

export type Head = {
	number: bigint;
	hash: Hash;
	parentHash: Hash;
	/** Unix seconds. */
	timestamp: number;
};

const hex = z
	.string()
	.regex(/^0x[0-9a-f]+$/i)
	.transform((text) => text as Hex);
const headMessage = z.object({
	params: z.object({ result: z.object({ number: hex, hash: hex, parentHash: hex, timestamp: hex }) }),
});

export type NewHeads = { readonly up: boolean; reconnect(): void };

/**
 * Subscribes to new heads over a WebSocket, reconnecting with growing pauses until `signal` aborts. It only ever wakes
 * the reader: what it misses while the socket is down, the reader's polling finds.
 */
export function followNewHeads(options: {
	url: string;
	signal: AbortSignal;
	log: Logger;
	onHead: (head: Head) => void;
	/** The socket went up or down. */
	onChange: () => void;
}): NewHeads {
	const { url, signal, log, onHead, onChange } = options;
	let socket: WebSocket | undefined;
	let subscribed = false;
	let failures = 0;

	const connect = () => {
		if (signal.aborted) return;
		socket = new WebSocket(url);
		socket.addEventListener("open", () =>
			socket?.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["newHeads"] })),
		);
		socket.addEventListener("message", ({ data }) => receive(String(data)));
		socket.addEventListener("close", () => void reconnectLater());
	};
	const receive = (text: string) => {
		const message: unknown = JSON.parse(text);
		const head = headMessage.safeParse(message);
		if (head.success) {
			const { number, hash, parentHash, timestamp } = head.data.params.result;
			onHead({ number: hexToBigInt(number), hash, parentHash, timestamp: hexToNumber(timestamp) });
			return;
		}
		if (!subscribed) log.info("following new heads over the WebSocket");
		subscribed = true;
		failures = 0;
		onChange();
	};
	const reconnectLater = async () => {
		if (signal.aborted) return;
		if (subscribed || failures === 0) log.warn("the WebSocket is down, polling meanwhile");
		subscribed = false;
		failures += 1;
		onChange();
		// Aborted while waiting: there is nothing to reconnect for.
		await sleep(backoffMs(failures), signal).then(connect, () => {});
	};
	signal.addEventListener("abort", () => socket?.close(), { once: true });
	connect();
	return {
		get up() {
			return subscribed;
		},
		reconnect: () => socket?.close(),
	};
}
