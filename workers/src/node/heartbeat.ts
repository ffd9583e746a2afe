// Tells the gateway what this node could take on. Nothing depends on it arriving: orders are seen on the chain, and a
// gateway that is away only makes this node invisible to quotes.
import { HEARTBEAT_EVERY, type Heartbeat, signHeartbeat } from "depin/indexer";
import { oneLine, UnavailableError } from "../runtime/errors.ts";
import { repeat } from "../runtime/loop.ts";
import { channelUrl } from "./channel/channel.ts";
import type { NodeContext } from "./context.ts";

/** As many as a heartbeat may name. */
const MOST_WARM = 256;
const SEND_MS = 5_000;

/** Sends one every {@link HEARTBEAT_EVERY} seconds until the node stops; returns at once without a gateway. */
export async function sendHeartbeats(ctx: NodeContext): Promise<void> {
	const url = ctx.config.gateway?.url;
	if (url === undefined) return;
	const options = {
		name: "heartbeat",
		everyMs: HEARTBEAT_EVERY * 1000,
		signal: ctx.signal,
		log: ctx.log,
		maxBackoffMs: HEARTBEAT_EVERY * 1000,
	};
	await repeat(options, () => send(ctx, url));
}

async function send(ctx: NodeContext, url: string): Promise<void> {
	const signed = await signHeartbeat(ctx.client.deployment, ctx.account, advertisement(ctx));
	const address = new URL(`/v1/nodes/${signed.heartbeat.node}/heartbeat`, url);
	const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(SEND_MS)]);
	const answer = await fetch(address, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(signed),
		signal,
	}).catch((cause: unknown) => {
		throw new UnavailableError("gateway-unreachable", `the gateway does not answer: ${oneLine(cause)}`, { cause });
	});
	if (answer.ok) return void (await answer.body?.cancel());
	// Right after registering the gateway may not know us yet; the next one will tell.
	const said = (await answer.text()).slice(0, 300);
	if (answer.status >= 500)
		throw new UnavailableError("gateway-unready", `the gateway answered ${answer.status}: ${said}`);
	ctx.log.warn({ status: answer.status, said }, "the gateway refused this node's heartbeat");
}

/** What the node could take on now, and what it need not fetch. */
function advertisement(ctx: NodeContext): Omit<Heartbeat, "node"> {
	const { account, cache, config, draining, facts, ledger, tiers } = ctx;
	const channel = channelUrl(config, account.address);
	const { min = 0n, minPerSecond = 0n } = config.price;
	return {
		version: 1,
		sentAt: Date.now(),
		class: facts.now().class,
		draining: draining.aborted,
		tiers: tiers.offered(),
		...(tiers.connected().length > 0 && { egress: tiers.connected() }),
		total: whole(ledger.total),
		free: whole(ledger.free()),
		price: { min: String(min), minPerSecond: String(minPerSecond) },
		...(channel !== undefined && { channel }),
		warm: { images: cache.warm("image", MOST_WARM), contents: cache.warm("input", MOST_WARM) },
	};
}

/** Sums of fractions of processors are off by a hair: nothing here is worth more than two decimals. */
function whole({ slots, cpus, memoryMiB, gpus, diskMiB }: Heartbeat["total"]): Heartbeat["total"] {
	const floor = (value: number) => Math.max(0, Math.floor(value));
	return {
		slots: floor(slots),
		cpus: Math.max(0, Math.round(cpus * 100) / 100),
		memoryMiB: floor(memoryMiB),
		gpus: floor(gpus),
		diskMiB: floor(diskMiB),
	};
}
