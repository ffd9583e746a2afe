import { isAbort } from "../../runtime/errors.ts";
import { type HttpService, serve } from "../../runtime/http.ts";
import type { NodeConfig } from "../config.ts";
import type { NodeContext } from "../context.ts";
import { keepRelayed, relayedUrl } from "./relayLink.ts";
import { channelRoutes } from "./routes.ts";

/** Far above what 64 streams need; beyond it strangers would spend this process's file descriptors. */
const MOST_CONNECTIONS = 512;

/**
 * Opens what consumers may reach: a listener apart from `/health` and `/metrics`, or a connection to a relay. Resolves
 * when the listener listens; a relay that is away is tried again for as long as the node runs.
 */
export async function openChannel(ctx: NodeContext): Promise<HttpService | undefined> {
	const { channel } = ctx.config;
	if (!channel) return undefined;
	const { account, log, signal } = ctx;
	const app = channelRoutes(ctx);
	if (channel.listen) return serve(app, { listen: channel.listen, maxConnections: MOST_CONNECTIONS });
	if (channel.relay)
		keepRelayed({ relay: channel.relay, account, app, log, signal }).catch((error: unknown) => {
			// The jobs go on: nobody sees their logs before the result, and the log says why.
			if (!isAbort(error)) log.error({ err: error }, "this node's logs cannot be followed");
		});
	return undefined;
}

/** The channel's URL as the heartbeat names it. */
export function channelUrl({ channel }: Pick<NodeConfig, "channel">, node: string): string | undefined {
	return channel?.url ?? (channel?.relay && relayedUrl(channel.relay.url, node));
}
