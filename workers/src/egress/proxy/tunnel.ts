import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Authority } from "./authority.ts";
import { judgeOpening, UNRECOGNIZED_NAME } from "./hello.ts";
import type { Meter } from "./meter.ts";
import { IDLE_MS, refuseSocket } from "./refuse.ts";

const CONNECT_MS = 10_000;

export type TunnelOptions = {
	address: string;
	/** What the job asked for. */
	wanted: Authority;
	/** The job's end. */
	socket: Duplex;
	/** What it sent behind its request already. */
	head: Buffer;
	meter: Meter;
	leave: () => void;
};

/** Bytes both ways between the job and one address, until either ends, nothing moves, or the quota is spent. */
export function tunnel({ address, wanted, socket, head, meter, leave }: TunnelOptions): void {
	const upstream = connect({ host: address, port: wanted.port, family: 4, timeout: CONNECT_MS });
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
		socket.on("data", look).on("end", () => upstream.end());
	});
	let opening: Buffer = Buffer.alloc(0);
	/** Nothing of the job's goes on before it is seen whom it speaks to. */
	const look = (chunk: Buffer) => {
		opening = Buffer.concat([opening, chunk]);
		const verdict = judgeOpening(opening, wanted);
		if (verdict === "more") return;
		socket.off("data", look);
		if (verdict === "pass") {
			upstream.write(opening);
			return void socket.pipe(upstream);
		}
		meter.refused("name-hidden");
		socket.end(UNRECOGNIZED_NAME, () => socket.destroy());
		upstream.destroy();
	};
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
