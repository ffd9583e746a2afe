import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import type { Address } from "viem";
import { SetupFailure } from "../setup/failure.js";
import { tryLock } from "../setup/lock.js";
import { releaseMounts, removeContained, removeLeftovers } from "./cleanup.ts";
import { openRecord } from "./record.ts";
import { createService, type Service, type ServicePlan } from "./service.ts";

export type Plan = Omit<ServicePlan, "onStart" | "onDeath" | "onLate" | "signal" | "logPath">;

/** What one devnet holds, from its lock to its last process, so that ending it leaves nothing. */
export interface Lifetime {
	/** Rejects when a service ends by itself. Never resolves. */
	failed: Promise<never>;
	/** Runs a service for as long as the devnet lives; resolves when it is ready. */
	launch(plan: Plan): Promise<Service>;
	stop(): Promise<void>;
}

export interface LifetimeOptions {
	stateDir: string;
	docker: Docker;
	/** Addresses of its nodes, by which their containers are found. */
	nodes: Address[];
	say: (line: string) => void;
	signal: AbortSignal | undefined;
}

/** Order of the end: workers before what they talk to, so that none of them ends complaining. */
const ENDING = [/^(node-|keeper|gateway|mirror)/, /^storage/, /^chain/];

/**
 * Takes the folder, removes what an earlier devnet left in it, and keeps account of all that is started.
 * @throws SetupFailure when another devnet runs in the folder
 */
export async function openLifetime({ stateDir, docker, nodes, say, signal }: LifetimeOptions): Promise<Lifetime> {
	mkdirSync(stateDir, { recursive: true });
	const release = takeFolder(stateDir);
	const record = openRecord(stateDir);
	const ending = new AbortController();
	const services: Service[] = [];
	const { promise: failed, reject: onDeath } = Promise.withResolvers<never>();
	failed.catch(() => {}); // whoever waits for it is told; nobody has to

	async function windDown(): Promise<void> {
		ending.abort();
		for (const names of ENDING) {
			await Promise.all(services.filter(({ name }) => names.test(name)).map((service) => service.kill()));
		}
		await removeContained(docker, nodes);
		await releaseMounts(stateDir);
		record.clear();
		release();
	}

	async function launch(plan: Plan): Promise<Service> {
		const service = createService({
			...plan,
			logPath: join(stateDir, "logs", `${plan.name}.log`),
			onStart: record.addProcess,
			onDeath,
			onLate: say,
			signal: signal === undefined ? ending.signal : AbortSignal.any([ending.signal, signal]),
		});
		services.push(service);
		const began = Date.now();
		await service.start();
		say(`${plan.name} ready, ${((Date.now() - began) / 1000).toFixed(1)} s (${plan.url})`);
		return service;
	}

	try {
		const left = await removeLeftovers(stateDir, docker);
		if (left > 0) say(`removed ${left} processes, containers or mounts that a killed devnet had left`);
	} catch (error) {
		release();
		throw error;
	}
	record.addNodes(nodes);
	let stopped: Promise<void> | undefined;
	const stop = () => {
		stopped ??= windDown();
		return stopped;
	};
	return { failed, launch, stop };
}

function takeFolder(stateDir: string): () => void {
	const lock = tryLock(join(stateDir, "lock"));
	if ("release" in lock) return lock.release;
	const fix = `use that one, or stop it (Ctrl-C there, or \`kill ${lock.owner}\`)`;
	throw new SetupFailure(`a devnet is running here already (process ${lock.owner})`, fix);
}
