import { join } from "node:path";
import type { Lifecycle } from "../runtime/lifecycle.ts";
import type { Logger } from "../runtime/log.ts";
import { startSocketProxy } from "./proxy.ts";

/** What the kernel takes as the name of a socket, less the byte that ends it. */
const LONGEST_SOCKET_NAME = 107;

/**
 * The socket a node uses for its engine: one of its own, behind which nothing but a node's calls pass. Where the folder's
 * name is too long for a socket there is none, and the node uses the engine's own and says so.
 */
export async function guardedSocket({
	engineSocket,
	stateDir,
	roots,
	log,
	life,
}: {
	engineSocket: string;
	stateDir: string;
	/** Folders that containers may be given parts of. */
	roots: readonly string[];
	log: Logger;
	life: Lifecycle;
}): Promise<string> {
	const listenOn = join(stateDir, "engine.sock");
	if (Buffer.byteLength(listenOn) > LONGEST_SOCKET_NAME) {
		log.warn(
			{ stateDir },
			"stateDir is too long a name to hold a socket: the engine is used without the proxy between",
		);
		return engineSocket;
	}
	const onRefused = (what: string) => log.error({ what }, "a call to the engine was refused: please report it");
	const proxy = await startSocketProxy({ engineSocket, listenOn, roots, onRefused });
	life.defer("engine proxy", proxy.close);
	return listenOn;
}
