// Many listeners to one stream, in a process of their own: `node streamClients.ts <url> <clients>`, told over IPC when to
// begin reckoning. Each keeps for itself what it was told, so that nothing missed by one is made up for by another.
import { Agent, get } from "node:http";

interface Heard {
	/** Of the event. */
	id: string;
	at: number;
}

/** Sent to it: when each block could be seen, unix milliseconds, and the events that everybody must have heard. */
export interface Sent {
	releasedAt: Record<number, number>;
	wanted: number;
}
/** Sent by it, first and last. */
export type Said = { open: number } | Reckoning;
export interface Reckoning {
	/** From a block's release to an event of it, over every event of every client, sorted. */
	p50Ms: number;
	p95Ms: number;
	missed: number;
	doubled: number;
}

const AT_ONCE = 50;
/** Nobody waits longer for the last event. */
const PATIENCE_MS = 15_000;

const [url = "", count = "0"] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const clients: Heard[][] = Array.from({ length: Number(count) }, () => []);

/** Resolves when the gateway has said that the stream is open. */
function listen(heard: Heard[]): Promise<void> {
	return new Promise((opened, reject) => {
		const request = get(`${url}/v1/stream`, { agent }, (response) => {
			let text = "";
			response.setEncoding("utf8").on("data", (part: string) => {
				const at = Date.now();
				const messages = (text + part).split("\n\n");
				text = messages.pop() ?? "";
				for (const message of messages) {
					if (message.startsWith("event: open")) opened();
					else if (message.startsWith("event: event")) heard.push({ id: /^id: (\S+)/m.exec(message)?.[1] ?? "", at });
				}
			});
		});
		request.once("error", reject);
	});
}

async function openAll(): Promise<void> {
	const waiting = [...clients];
	const lane = async () => {
		for (let heard = waiting.pop(); heard !== undefined; heard = waiting.pop()) await listen(heard);
	};
	await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** What was heard of the released blocks; who came early may have heard the end of the history as well. */
const told = (heard: Heard[], { releasedAt }: Sent) => heard.filter(({ id }) => blockOf(id) in releasedAt);
const blockOf = (id: string) => Number(id.slice(0, 12));

function reckon(sent: Sent): Reckoning {
	const took: number[] = [];
	let [missed, doubled] = [0, 0];
	for (const client of clients) {
		const heard = told(client, sent);
		const ids = new Set(heard.map(({ id }) => id));
		doubled += heard.length - ids.size;
		missed += sent.wanted - ids.size;
		for (const { id, at } of heard) took.push(at - (sent.releasedAt[blockOf(id)] ?? Number.NaN));
	}
	took.sort((a, b) => a - b);
	const quantile = (share: number) => took[Math.max(0, Math.ceil(share * took.length) - 1)] ?? Number.NaN;
	return { p50Ms: quantile(0.5), p95Ms: quantile(0.95), missed, doubled };
}

const say = (said: Said) => process.send?.(said);
process.on("message", (sent: Sent) => {
	const since = Date.now();
	const look = setInterval(() => {
		const all = clients.every((heard) => told(heard, sent).length >= sent.wanted);
		if (!all && Date.now() - since < PATIENCE_MS) return;
		clearInterval(look);
		say(reckon(sent));
	}, 100);
});
await openAll();
say({ open: clients.length });
