import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { ContainerEngine } from "../engine/engine.ts";
import type { Journal } from "../node/journal.ts";
import type { EgressConfig } from "./allowance.ts";
import type { EgressMeans } from "./jobEgress.ts";
import { ensureProxyImage } from "./proxyImage.ts";

/** Makes ready what lets jobs out the way the operator wants it. */
export async function egressMeans(
	{ network, resolvers, connections, connectionsPerSecond }: Exclude<EgressConfig, undefined>,
	{ engine, journal, stateDir }: { engine: ContainerEngine; journal: Journal; stateDir: string },
): Promise<EgressMeans> {
	const imageId = await ensureProxyImage(engine, journal, join(stateDir, "egress"));
	return { imageId, network, resolvers, connections, connectionsPerSecond, ownAddresses };
}

/** Asked each time: a machine's addresses change. */
function ownAddresses(): string[] {
	const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
	return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}
