import { connect, createServer, type Socket } from "node:net";

/** A stretch of network that can fail: forwards TCP to a local port until it is told not to. */
export type FlakyLink = {
	port: number;
	/** Breaks every connection, and refuses new ones until `mend`. */
	cut(): void;
	mend(): void;
	/** Keeps connections open but lets nothing through towards the client any more. */
	freeze(): void;
	/** How many connections were made so far. */
	readonly connections: number;
	stop(): Promise<void>;
};

export async function startProxy(port: number, target: number): Promise<FlakyLink> {
	const sockets = new Set<Socket>();
	let up = true;
	let connections = 0;
	const server = createServer((client) => {
		if (!up) return void client.destroy();
		connections += 1;
		const upstream = connect(target, "127.0.0.1");
		client.pipe(upstream).pipe(client);
		for (const socket of [client, upstream]) {
			sockets.add(socket);
			socket.on("error", () => socket.destroy());
			socket.on("close", () => {
				sockets.delete(socket);
				client.destroy();
				upstream.destroy();
			});
		}
	});
	await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
	const cut = () => {
		up = false;
		for (const socket of sockets) socket.destroy();
	};
	return {
		port,
		cut,
		mend: () => {
			up = true;
		},
		freeze: () => {
			for (const socket of sockets) socket.unpipe();
		},
		get connections() {
			return connections;
		},
		stop: () =>
			new Promise((resolve) => {
				cut();
				server.close(() => resolve());
			}),
	};
}
