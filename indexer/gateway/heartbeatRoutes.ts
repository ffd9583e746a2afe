// What nodes send, checked before it is believed, and what of it is shown to everybody with its signature.
import {
	HEARTBEAT_LASTS,
	HEARTBEAT_SKEW,
	type HeartbeatReceipt,
	isSignedByNode,
	nodeSchema,
	routes,
	type ShownHeartbeat,
	type SignedHeartbeat,
} from "depin/indexer";
import { Hono } from "hono";
import { readAs, readAsked } from "../http/asked.ts";
import { readJson } from "../http/body.ts";
import { misread, Refusal } from "../http/refusal.ts";
import type { GatewayEnv } from "./env.ts";
import type { Head } from "./head.ts";
import type { Heartbeats } from "./heartbeats.ts";
import type { Mirror } from "./mirror.ts";

/** 512 names of what is warm, at their longest, and the rest. */
const MAX_BYTES = 320 * 1024;

type Parts = { heartbeats: Heartbeats; head: Head; mirror: Mirror; now?: () => number };

export function heartbeatRoutes({ heartbeats, head, mirror, now = Date.now }: Parts): Hono<GatewayEnv> {
	return new Hono<GatewayEnv>()
		.post("/v1/nodes/:address/heartbeat", async (c) => {
			const { address } = readAsked(c, routes.sendHeartbeat);
			const signed = readAs(routes.sendHeartbeat.body, await readJson(c, MAX_BYTES));
			const { heartbeat } = signed;
			if (address !== heartbeat.node) throw wrong("heartbeat.node", "is not the node of this address");
			refuseStale(heartbeat.sentAt, now());
			if (!head.status) throw new Refusal(503, "the mirror is not there yet", { headers: { "Retry-After": "5" } });
			const { chainId, market } = head.status;
			if (!(await isSignedByNode({ chainId, market }, signed))) {
				throw new Refusal(403, "the signature is not this node's, for this Market and these words", {
					errors: [{ path: "signature", message: "does not match" }],
				});
			}
			await requireRegistered(mirror, signed);
			const expiresAt = await heartbeats.keep(signed, now());
			if (expiresAt === undefined) {
				throw new Refusal(409, "one as new as this is known already", {
					errors: [{ path: "heartbeat.sentAt", message: "not later than the last one's" }],
				});
			}
			return c.json<HeartbeatReceipt>({ node: heartbeat.node, expiresAt }, 202);
		})
		.get("/v1/nodes/:address/heartbeat", (c) => {
			const { address } = readAsked(c, routes.heartbeat);
			const last = heartbeats.of(address, now());
			if (last) return c.json<ShownHeartbeat>(last);
			throw new Refusal(404, `this node sent no heartbeat within the last ${HEARTBEAT_LASTS} s`);
		});
}

function refuseStale(sentAt: number, now: number): void {
	const skew = HEARTBEAT_SKEW * 1000;
	if (sentAt > now + skew)
		throw wrong("heartbeat.sentAt", `lies ahead of this gateway's clock by more than ${HEARTBEAT_SKEW} s`);
	if (sentAt < now - skew) throw wrong("heartbeat.sentAt", `is older than ${HEARTBEAT_SKEW} s`);
}

/** A key that nobody put stake behind could claim to be a thousand machines. */
async function requireRegistered(mirror: Mirror, { heartbeat }: SignedHeartbeat): Promise<void> {
	const { status, body } = await mirror.ask({ path: `/v1/nodes/${heartbeat.node}` });
	if (status === 404) throw new Refusal(403, `node ${heartbeat.node} is not registered, as far as the mirror has read`);
	if (status !== 200) throw new Refusal(502, `the mirror answered ${status}`);
	const node = nodeSchema.parse(JSON.parse(Buffer.from(body).toString()));
	if (node.status === "retired" || node.status === "none")
		throw new Refusal(403, `node ${heartbeat.node} is ${node.status}`);
	if (node.class !== heartbeat.class) throw wrong("heartbeat.class", `the node is registered in class ${node.class}`);
}

function wrong(path: string, message: string): Refusal {
	return misread([{ path, message }]);
}
