import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { ensureBaseImage } from "../../../../deploy/engine/baseImage.ts";
import { RUNSC } from "../../../../deploy/setup/servers.ts";
import { egressConfigSchema } from "../../../src/egress/allowance.ts";
import {
	type EgressMeans,
	networkName,
	openEgress,
	policyOf,
	proxyName,
	proxyPlan,
	removeEgress,
} from "../../../src/egress/jobEgress.ts";
import { egressMeans } from "../../../src/egress/means.ts";
import { dockerEngine } from "../../../src/engine/docker.ts";
import { networkBody } from "../../../src/engine/dockerNetworks.ts";
import type { ContainerEngine } from "../../../src/engine/engine.ts";
import { createBody } from "../../../src/engine/hostConfig.ts";
import { type ContainerTask, collect, discard, prepare, supervise } from "../../../src/node/container.ts";
import type { HostAbilities } from "../../../src/node/context.ts";
import { hostAbilities } from "../../../src/node/host.ts";
import { openJournal } from "../../../src/node/journal.ts";
import { HOST, type Outside, openOutside } from "../../outside.ts";
import { startOwnEngine } from "../../ownEngine.ts";
import { testSpec } from "../../plan.ts";
import { attempt } from "../attack.ts";
import { CLIENT, type EgressAttack, type EgressConfiguration, type EgressSeen } from "./attack.ts";

const PROGRAM = resolve(import.meta.dirname, "../../../src/egress/proxy");
const EGRESS = ["api.example.com:80", "api.example.com:443", "*.example.org:80", "*.example.org:443"];
const SPEC = { egress: EGRESS, maxBytes: 3 * 2 ** 20 };

export type EgressArena = {
	docker: Docker;
	engine: ContainerEngine;
	host: HostAbilities;
	means: EgressMeans;
	outside: Outside;
	imageId: string;
	dir: string;
	labels: Record<string, string>;
	/** Of another job, with a network of its own. */
	other: { network: string; inner: string; outer: string };
	close(): Promise<void>;
};

/** An engine and an internet of the test's own, a service on the machine that runs the engine, and another job's proxy. */
export async function openEgressArena(): Promise<EgressArena> {
	const runtimes = { runsc: { path: RUNSC, runtimeArgs: ["--network=none"] } };
	const { docker, socketPath, stop } = await startOwnEngine({ runtimes }, true);
	const outside = await openOutside(docker);
	const dir = await mkdtemp(join(tmpdir(), "depin-egress-"));
	const engine = dockerEngine({ socketPath });
	const journal = openJournal(join(dir, "node.db"));
	const config = egressConfigSchema
		.unwrap()
		.parse({ allow: ["*"], connections: 8, connectionsPerSecond: 5, ...outside.config });
	const made = await egressMeans(config, { engine, journal, stateDir: dir });
	const means = { ...made, ownAddresses: () => [HOST] };
	const imageId = (await ensureBaseImage(docker)).id;
	const service = await serveOnMachine(docker, imageId);
	const labels = { "depin.test": randomBytes(4).toString("hex") };
	const host = await hostAbilities(await engine.info());
	const task = { engine, name: "depin-other", labels, host: { ...host, openFiles: 1024 } };
	await openEgress(task, SPEC, means);
	const { NetworkSettings } = await docker.getContainer(proxyName(task)).inspect();
	const addressIn = (name: string) => NetworkSettings.Networks[name]?.IPAddress ?? "";
	const network = networkName(task);
	return {
		docker,
		engine,
		host,
		means,
		outside,
		imageId,
		dir,
		labels,
		other: { network, inner: addressIn(network), outer: addressIn(means.network) },
		async close() {
			await removeEgress(task);
			await service.remove({ force: true });
			await outside.close();
			journal.close();
			engine.close();
			await stop();
			await rm(dir, { recursive: true, force: true });
		},
	};
}

/** In the engine's own namespace, on every address it has. */
async function serveOnMachine(docker: Docker, Image: string): Promise<Docker.Container> {
	const program = `require("node:http").createServer((_, response) => response.end("hello from the machine")).listen(80)`;
	const Cmd = ["node", "-e", program];
	const service = await docker.createContainer({ Image, Cmd, User: "0:0", HostConfig: { NetworkMode: "host" } });
	await service.start();
	return service;
}

/** Runs one attack as a node runs a task, and clears it away. `change` makes a careless copy of the configuration. */
export async function runEgressAttack(
	arena: EgressArena,
	attack: EgressAttack,
	change: EgressAttack["off"] = () => {},
): Promise<EgressSeen> {
	const task = await taskOf(arena, attack);
	const before = (await arena.outside.heard()).length;
	try {
		await makeCareless(arena, task, change);
		const prepared = await prepare(task);
		if (attack.withoutProxy) await arena.docker.getContainer(proxyName(task)).kill();
		await arena.engine.start(prepared.id);
		const endsAt = performance.now() + 60_000;
		const stop = () => ({ inMs: endsAt - performance.now(), because: "timeout" as const });
		const signal = AbortSignal.timeout(120_000);
		const { state } = await supervise(task, prepared, { stop, wake: () => new Promise(() => {}), signal });
		const { logs } = await collect(task, prepared, state, undefined);
		const heard = (await arena.outside.heard()).slice(before);
		return { exitCode: state.exitCode, log: Buffer.from(logs.bytes).toString(), heard };
	} finally {
		await discard(task, task.name);
	}
}

async function taskOf(arena: EgressArena, { runs }: EgressAttack): Promise<ContainerTask> {
	const name = `depin-hostile-${randomBytes(6).toString("hex")}`;
	const dir = join(arena.dir, name);
	await mkdir(dir, { recursive: true });
	const { network, inner, outer } = arena.other;
	const env = { OTHER_NETWORK: network, OTHER_INNER: inner, OTHER_OUTER: outer };
	const spec = testSpec({ command: ["node", "-e", CLIENT + attempt(runs)], env, network: SPEC, timeout: 60 });
	const { engine, labels, imageId, means } = arena;
	const host = { ...arena.host, openFiles: 1024 };
	const own = { engine, host, name, labels, dir, spec, imageId, egress: means };
	return { ...own, taskIndex: 0, inputs: [], gpuUuids: [], runtime: "runc" };
}

/** The node adopts what exists under the task's names, so what is made here in other ways than its own it then uses. */
async function makeCareless(arena: EgressArena, task: ContainerTask, change: EgressAttack["off"]): Promise<void> {
	const { docker, engine, means } = arena;
	const network = networkBody(networkName(task), task.labels);
	const policy = policyOf(SPEC, means, "");
	const careless: EgressConfiguration = { network, policy, job: () => {}, edits: [] };
	change(careless);
	await docker.createNetwork(careless.network);
	const { subnet } = await engine.networks.create(network.Name, task.labels);
	const proxy = createBody(proxyPlan(task, { ...policy, inner: subnet }, means), []);
	await docker.createContainer({
		...proxy,
		HostConfig: { ...proxy.HostConfig, Mounts: await editedFiles(task.dir, careless.edits) },
	});
	const connection = await openEgress(task, SPEC, means);
	await mkdir(join(task.dir, "outputs"), { recursive: true });
	const plan = { ...task, outputsDir: join(task.dir, "outputs"), uid: task.host.uid, openFiles: 1024, connection };
	const body = createBody(plan, []);
	careless.job(body);
	await docker.createContainer(body);
}

async function editedFiles(dir: string, edits: EgressConfiguration["edits"]) {
	return Promise.all(
		edits.map(async ({ file, from, to }) => {
			const path = file === "address.ts" ? fileURLToPath(import.meta.resolve("depin/address")) : join(PROGRAM, file);
			const text = await readFile(path, "utf8");
			const edited = text.replace(from, to);
			if (edited === text) throw new Error(`nothing to take away in ${file}`);
			const source = join(dir, file);
			await writeFile(source, edited);
			return { Type: "bind" as const, Source: source, Target: `/egress/${file}`, ReadOnly: true };
		}),
	);
}
