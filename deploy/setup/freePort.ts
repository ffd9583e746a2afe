import { createServer } from "node:net";

/**
 * Below where systems take the ports of outgoing connections from (Linux: 32768, the others: 49152): between our looking and
 * a service's listening nothing else is given a port from here, as it would be one that the system picks for port 0.
 */
const [FIRST, LAST] = [20_000, 32_767];
const ATTEMPTS = 100;

/** A port of the loopback that nobody listens on, drawn at random so that two who look at once do not find the same. */
export async function freePort(): Promise<number> {
	for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
		const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
		if (await isFree(port)) return port;
	}
	throw new Error(`no free port between ${FIRST} and ${LAST} in ${ATTEMPTS} draws`);
}

/** @throws what listening says, unless it is that somebody else does */
export function isFree(port: number): Promise<boolean> {
	const server = createServer();
	return new Promise((settle, reject) => {
		server.once("error", (error) => {
			if ("code" in error && error.code === "EADDRINUSE") settle(false);
			else reject(error);
		});
		server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => settle(true)));
	});
}
