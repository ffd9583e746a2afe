// Requests at a fixed rate. A request's time counts from when it was to be sent, so that a server that stalls is charged for
// all whom it kept waiting.

import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

export interface Load {
	p50Ms: number;
	p95Ms: number;
	failed: number;
	/** Share of one processor that the sender itself took. */
	senderCpu: number;
}

export interface Requests {
	rate: number;
	seconds: number;
	/** What the request of this number asks for; with a body it is a POST of JSON. */
	requestOf: (index: number) => { path: string; body?: string };
}

/** Sends `rate` requests a second for `seconds`. */
export async function loadRequests(url: string, { rate, seconds, requestOf }: Requests): Promise<Load> {
	const agent = new Agent({ keepAlive: true, maxSockets: 64 });
	const took: number[] = [];
	let failed = 0;
	const pending: Promise<void>[] = [];
	const cpu = process.cpuUsage();
	const began = performance.now();
	for (let index = 0; index < rate * seconds; index++) {
		const due = began + (index * 1_000) / rate;
		if (due > performance.now()) await pause(due - performance.now());
		pending.push(
			ask(agent, url, requestOf(index)).then((status) => {
				took.push(performance.now() - due);
				if (status !== 200) failed += 1;
			}),
		);
	}
	await Promise.all(pending);
	const { user, system } = process.cpuUsage(cpu);
	const senderCpu = (user + system) / 1_000 / (performance.now() - began);
	agent.destroy();
	return { p50Ms: quantile(took, 0.5), p95Ms: quantile(took, 0.95), failed, senderCpu };
}

function ask(agent: Agent, url: string, { path, body }: ReturnType<Requests["requestOf"]>): Promise<number> {
	const options = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" } };
	return new Promise((settle, reject) => {
		const sent = request(`${url}${path}`, { agent, ...options }, (response) => {
			response.resume().once("end", () => settle(response.statusCode ?? 0));
		});
		sent.once("error", reject).end(body);
	});
}

/** Nearest rank. */
function quantile(values: number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
