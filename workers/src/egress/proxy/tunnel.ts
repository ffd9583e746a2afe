import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Meter } from "./meter.ts";
import { IDLE_MS, refuseSocket } from "./refuse.ts";

const CONNECT_MS = 10_000;

export type TunnelOptions = {
	address: string;
	port: number;
	/** The job's end. */
	socket: Duplex;
	/** What it sent behind its request already. */
	head: Buffer;
	meter: Meter;
	leave: () => void;
};

/** Bytes both ways between the job and one address, until either ends, nothing moves, or the quota is spent. */
export function tunnel({ address, port, socket, head, meter, leave }: TunnelOptions): void {
	const upstream = connect({ host: address, port, family: 4, timeout: CONNECT_MS });
	let connected = false;
	const metered = (direction: "bytesIn" | "bytesOut") => (chunk: Buffer) => {
		if (meter.add(direction, chunk.length)) return;
		meter.refused("byte-quota");
		upstream.destroy();
		socket.destroy();
	};
	upstream.on("connect", () => {
		connected = true;
		meter.connected();
		upstream.setTimeout(IDLE_MS);
		socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
		// Counted before they are passed on: these listeners come first.
		upstream.on("data", metered("bytesIn"));
		socket.on("data", metered("bytesOut"));
		if (head.length > 0) socket.unshift(head);
		upstream.pipe(socket);
		socket.pipe(upstream);
	});
	upstream.on("timeout", () => upstream.destroy());
	upstream.on("error", () => {}); // the close that follows says it
	upstream.on("close", (failed) => {
		leave();
		if (connected) return void (failed ? socket.destroy() : socket.end()); // what is on its way to the job arrives
		meter.refused("connect-failed");
		refuseSocket(socket, "connect-failed");
	});
	socket.on("close", () => upstream.destroy());
}
