// Supply and demand over time, reckoned a second time from nothing but the events, the terms and the results: second by
// second instead of change by change, and by what each node and job is rather than by what is added to sums.
import assert from "node:assert/strict";
import { unitPrice } from "depin";
import { table } from "./compare.ts";
import type { Rows } from "./mirror.ts";

type Row = Record<string, unknown>;
type Step = { time: number; nodes: number; seats: number; open: number; running: number };
type Flow = Record<string, bigint>;
type Node = { class: number; active: boolean; seats: number };
type Job = { class: number; state: "open" | "running" | "over" };

const HOUR = 3_600;
const integrals = {
	nodes: "nodeSeconds",
	seats: "seatSeconds",
	open: "openSeconds",
	running: "runningSeconds",
} as const;
const flowNames = [
	...["posted", "claimed", "claimSeconds", "meteredClaims", "meteredPrice", "fixedPrice", "started", "startSeconds"],
	...["jobsOk", "jobsFailed", "jobsReopened", "jobsExpired", "jobsVoided", "pay"],
];

/** Asserts that the hours and levels of every class are what the events add up to. */
export function assertStatsAgree(rows: Rows): void {
	const { steps, flows } = reckon(rows);
	const hours = table(rows, "classHour");
	for (const [id, mine] of Map.groupBy(hours, (hour) => hour["class"])) {
		const latest = table(rows, "latestHour").find((row) => row["class"] === id);
		assert.equal(latest?.["start"], Math.max(...mine.map(({ start }) => Number(start))), `latest hour of class ${id}`);
		const last = steps.get(Number(id))?.at(-1);
		const level = mine.find(({ start }) => start === latest?.["start"]);
		for (const name of Object.keys(integrals)) assert.equal(level?.[name], last?.[name as keyof Step], name);
	}
	for (const hour of hours) {
		const [id, start, until] = [Number(hour["class"]), Number(hour["start"]), Number(hour["until"])];
		const where = `class ${id}, hour ${start}`;
		assert.ok(until >= start && until < start + HOUR, where);
		const mine = steps.get(id) ?? [];
		for (const [name, integral] of Object.entries(integrals) as [keyof typeof integrals, string][]) {
			let sum = 0;
			for (let second = start; second < until; second++) sum += at(mine, second)?.[name] ?? 0;
			assert.equal(hour[integral], sum, `${integral} of ${where}`);
			assert.equal(hour[name], at(mine, until)?.[name] ?? 0, `${name} of ${where}`);
		}
		const flow = flows.get(`${id} ${start}`) ?? {};
		for (const name of flowNames) assert.equal(BigInt(String(hour[name])), flow[name] ?? 0n, `${name} of ${where}`);
	}
	const kept = new Set(hours.map((hour) => `${hour["class"]} ${hour["start"]}`));
	for (const key of flows.keys()) assert.ok(kept.has(key), `something happened in ${key}`);
}

/** What stood at a moment: the last change up to it. */
const at = (steps: readonly Step[], time: number) => steps.findLast((step) => step.time <= time);

function reckon(rows: Rows): { steps: Map<number, Step[]>; flows: Map<string, Flow> } {
	const orders = new Map(table(rows, "order").map((order) => [order["id"], order]));
	const results = new Map(table(rows, "result").map((result) => [`${result["tx"]} ${result["digest"]}`, result]));
	const nodes = new Map<string, Node>();
	const jobs = new Map<string, Job>();
	const claimedAt = new Map<string, number>();
	const seals = new Map(table(rows, "seal").map((seal) => [`${seal["orderId"]}/${seal["number"]}`, seal]));
	const divided = new Set<string>();
	const status = new Map<string, number>();
	const steps = new Map<number, Step[]>();
	const flows = new Map<string, Flow>();
	for (const { name, args: raw, time: when, tx } of table(rows, "event")) {
		const [args, time] = [raw as Row, Number(when)];
		const job = `${args["id"]}/${args["job"]}`;
		const order = orders.get(args["id"]);
		const id = order ? Number(order["class"]) : Number(nodes.get(String(args["node"]))?.class ?? args["class"]);
		const count = (change: Record<string, bigint | number>) => {
			const key = `${id} ${time - (time % HOUR)}`;
			const flow = flows.get(key) ?? {};
			for (const [field, by] of Object.entries(change)) flow[field] = (flow[field] ?? 0n) + BigInt(by);
			flows.set(key, flow);
		};
		const become = (state: Job["state"]) => jobs.set(job, { class: id, state });
		const node = nodes.get(String(args["node"]));
		if (name === "NodeRegistered") {
			nodes.set(String(args["node"]), { class: Number(args["class"]), active: true, seats: Number(args["maxOpen"]) });
		} else if (name === "MaxOpenSet" && node) node.seats = Number(args["maxOpen"]);
		else if (name === "NodeActivated" && node) node.active = true;
		else if (["NodeSuspended", "NodeRetired", "NodeJailed"].includes(String(name)) && node) node.active = false;
		else if (name === "Posted") {
			const posted = Number(order?.["jobs"]);
			for (let number = 0; number < posted; number++) jobs.set(`${args["id"]}/${number}`, { class: id, state: "open" });
			count({ posted });
		} else if (name === "Claimed" && order) {
			become("running");
			claimedAt.set(job, time);
			status.delete(job);
			const delay = Number(args["claimDelay"]);
			const price = priceOf(order, delay);
			count({ claimed: 1, claimSeconds: delay });
			count(order["metered"] ? { meteredClaims: 1, meteredPrice: price } : { fixedPrice: price });
		} else if (name === "Committed") become("over");
		else if (name === "Revealed") {
			count({ started: 1, startSeconds: Number(seals.get(job)?.["startedAt"]) - (claimedAt.get(job) ?? 0) });
		} else if (name === "Tallied") {
			if (args["votes"] === "0") divided.add(`${args["id"]}/${args["lot"]}`);
		} else if (name === "Submitted") {
			const sealed = jobs.get(job)?.state === "over";
			become("over");
			const result = results.get(`${tx} ${args["digest"]}`);
			status.set(job, Number(result?.["status"]));
			if (sealed) continue;
			const waited = Number(result?.["startedAt"]) - (claimedAt.get(job) ?? 0);
			if (waited >= 0) count({ started: 1, startSeconds: waited });
		} else if (name === "Settled") {
			const lot = `${args["id"]}/${Math.floor(Number(args["job"]) / Number(order?.["replicas"]))}`;
			const ok = status.get(job) === 0 && !divided.has(lot);
			count({ [ok ? "jobsOk" : "jobsFailed"]: 1, pay: BigInt(String(args["pay"])) });
		} else if (name === "Reopened") {
			become("open");
			count({ jobsReopened: 1 });
		} else if (name === "Voided") {
			become("over");
			count({ [[5, 6].includes(status.get(job) ?? 0) ? "jobsReopened" : "jobsVoided"]: 1 });
		} else if (name === "Expired") {
			become(args["reopened"] ? "open" : "over");
			count({ jobsExpired: 1 });
		} else if (name === "Closed" && order) {
			for (const [key, { state }] of jobs)
				if (state === "open" && key.startsWith(`${args["id"]}/`)) jobs.set(key, { class: id, state: "over" });
		} else continue;
		const mine = steps.get(id) ?? [];
		mine.push({ time, ...standing(id, [...nodes.values()], [...jobs.values()]) });
		steps.set(id, mine);
	}
	return { steps, flows };
}

function standing(id: number, nodes: Node[], jobs: Job[]): Omit<Step, "time"> {
	const active = nodes.filter((node) => node.class === id && node.active);
	const of = (state: Job["state"]) => jobs.filter((job) => job.class === id && job.state === state).length;
	const seats = active.reduce((sum, node) => sum + node.seats, 0);
	return { nodes: active.length, seats, open: of("open"), running: of("running") };
}

function priceOf(order: Row, delay: number): bigint {
	const amount = (name: string) => BigInt(String(order[name]));
	const terms = { startPrice: amount("startPrice"), maxPrice: amount("maxPrice"), rampFor: Number(order["rampFor"]) };
	return unitPrice(terms, delay);
}
