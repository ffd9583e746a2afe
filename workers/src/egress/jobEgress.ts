// The network of one job: a network of its own that leads nowhere, and a proxy that stands in it and outside.
import { EGRESS_PROXY, type EgressUse, egressUse, type JobSpec, parseEgressRule } from "depin/jobs";
import type { Connection, ContainerEngine, ContainerPlan } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import { sleep } from "../runtime/loop.ts";
import { POLICY_VARIABLE, type ProxyPolicy } from "./proxy/policy.ts";
import { PROXY_ENTRYPOINT } from "./proxyImage.ts";

/** How this machine lets jobs out; the same for all of them. */
export type EgressMeans = {
	/** Of the proxy's image. */
	imageId: string;
	/** The engine's network on which proxies reach the outside. */
	network: string;
	/** Name servers that proxies ask; empty = the engine's. */
	resolvers: string[];
	connections: number;
	connectionsPerSecond: number;
	/** This machine's own, which no job may reach by whatever name. */
	ownAddresses: () => string[];
};

/** Whose network it is; its container, proxy and network have names that begin with this one's. */
export type EgressTask = {
	engine: ContainerEngine;
	name: string;
	labels: Record<string, string>;
	host: { uid: number; openFiles: number };
};

const READY_MS = 15_000;
const NEVER = new AbortController().signal;
/** In no network at all: where a job finds its proxy that has ended. */
const NOBODY = "0.0.0.0";

export const networkName = ({ name }: Pick<EgressTask, "name">) => `${name}-net`;
export const proxyName = ({ name }: Pick<EgressTask, "name">) => `${name}-proxy`;

/**
 * Makes network and proxy and returns what connects the job to them. Repeating it takes what an earlier call made; a
 * proxy that ended is not started again, since its job would get its quota twice: it then has no way out.
 */
export async function openEgress(
	task: EgressTask,
	spec: JobSpec["network"],
	means: EgressMeans | undefined,
): Promise<Connection | undefined> {
	if (spec === "none") return undefined;
	if (!means) throw new EngineError("egress-missing", "The job needs a network, and this node lets no job reach one.");
	const { engine } = task;
	await dropEnded(task);
	const network = await engine.networks.create(networkName(task), task.labels);
	const id = await engine.create(proxyPlan(task, policyOf(spec, means, network.subnet), means));
	if ((await engine.inspect(id))?.phase === "created") {
		await engine.networks.connect(network.name, id);
		await engine.start(id);
	}
	const until = performance.now() + READY_MS;
	for (;;) {
		const [address, said, state] = await Promise.all([
			engine.networks.addressOf(id, network.name),
			engine.lastLine(id),
			engine.inspect(id),
		]);
		if (address !== undefined && said !== undefined) return { kind: "inner", network: network.name, proxy: address };
		if (state?.phase === "exited") return { kind: "inner", network: network.name, proxy: NOBODY };
		if (performance.now() > until)
			throw new EngineError("engine-failed", `The egress proxy does not listen after ${READY_MS / 1000} s.`);
		await sleep(30, NEVER);
	}
}

/** A proxy that ended before its job began, as when the machine was restarted in between: both are made anew. */
async function dropEnded(task: EgressTask): Promise<void> {
	const { engine } = task;
	const [proxy, job] = await Promise.all([engine.inspect(proxyName(task)), engine.inspect(task.name)]);
	if (proxy?.phase !== "exited" || (job && job.phase !== "created")) return;
	if (job) await engine.remove(job.id); // it was told the old proxy's address
	await engine.remove(proxy.id);
}

/** Ends the proxy and returns what went through it; undefined for a job that had none. */
export async function closeEgress(task: EgressTask): Promise<EgressUse | undefined> {
	const proxy = await task.engine.inspect(proxyName(task));
	if (!proxy) return undefined;
	await task.engine.stop(proxy.id, 2);
	return useOf(await task.engine.lastLine(proxy.id));
}

/** Removes proxy and network. Safe to repeat; call when the job's container is gone. */
export async function removeEgress(task: Pick<EgressTask, "engine" | "name">): Promise<void> {
	const { engine } = task;
	const proxy = await engine.inspect(proxyName(task));
	if (proxy) await engine.remove(proxy.id);
	await engine.networks.remove(networkName(task));
}

const UNKNOWN: EgressUse = { connections: 0, refused: {}, bytesIn: 0, bytesOut: 0, complete: false };

/** The proxy is ours, but a job may have got hold of it: what it says is read like a stranger's word. */
export function useOf(line: string | undefined): EgressUse {
	try {
		return egressUse.parse(JSON.parse(line ?? ""));
	} catch {
		return UNKNOWN;
	}
}

export function policyOf(
	{ egress, maxBytes }: Exclude<JobSpec["network"], "none">,
	means: EgressMeans,
	inner: string,
): ProxyPolicy {
	const { connections, connectionsPerSecond, resolvers } = means;
	const rules = egress.flatMap((text) => parseEgressRule(text) ?? []);
	return { rules, maxBytes, connections, connectionsPerSecond, inner, resolvers, ownAddresses: means.ownAddresses() };
}

/** Held by the very limits that hold a job. */
export function proxyPlan(task: EgressTask, policy: ProxyPolicy, means: EgressMeans): ContainerPlan {
	return {
		name: proxyName(task),
		labels: { ...task.labels, "depin.egress": "proxy" },
		imageId: means.imageId,
		taskIndex: 0,
		outputsDir: undefined,
		inputs: [],
		gpuUuids: [],
		openFiles: Math.min(task.host.openFiles, 4096),
		uid: task.host.uid,
		runtime: "runc",
		connection: { kind: "outer", network: means.network, resolvers: means.resolvers },
		spec: egressSpec(PROXY_ENTRYPOINT, { [POLICY_VARIABLE]: JSON.stringify(policy) }),
	};
}

/** A container of the proxy's image, and as small as it: no outputs, little memory. */
export function egressSpec(entrypoint: string[], env: Record<string, string>): JobSpec {
	return {
		version: 1,
		image: "", // runs by its ID
		entrypoint,
		command: [],
		env,
		inputs: [],
		outputs: { maxBytes: 2 ** 20, maxFiles: 1 },
		// gVisor's own threads count, too: on a busy machine 64 were not always enough for it to start.
		resources: { ...EGRESS_PROXY, gpus: 0, pids: 256, shmMiB: 0, tmpMiB: 1, tmpExec: false },
		tier: "container",
		timeout: 60,
		network: "none",
		match: "none",
		confidential: "none",
	};
}
