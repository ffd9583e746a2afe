import Docker from "dockerode";
import {
	demandRunnable,
	imageBytesOf,
	imageIdOf,
	imageVolumesOf,
	loadImage,
	pullImage,
	removeImage,
} from "./dockerImages.ts";
import { captureLogs, lastLine } from "./dockerLogs.ts";
import { dockerNetworks } from "./dockerNetworks.ts";
import type { ContainerEngine, ContainerPlan, ContainerState, EngineInfo } from "./engine.ts";
import { EngineError, engineError, statusOf } from "./errors.ts";
import { createBody } from "./hostConfig.ts";
import { OomEvents } from "./oomEvents.ts";

export const DEFAULT_SOCKET = "/var/run/docker.sock";

/** The engine never started this container: the year the engine writes instead of a time. */
const NEVER = "0001-01-01";

/**
 * `ContainerEngine` over the Docker API (1.41 and later) on a unix socket.
 *
 * @example
 * const engine = dockerEngine({ socketPath: "/var/run/docker.sock" });
 * await engine.info();
 */
export function dockerEngine(options: { socketPath?: string } = {}): ContainerEngine & { close(): void } {
	const docker = new Docker({ socketPath: options.socketPath ?? DEFAULT_SOCKET });
	const oom = new OomEvents(docker);
	const inspect = (idOrName: string) => inspectContainer(docker, oom, idOrName);
	return {
		info: () => engineInfo(docker),
		imageId: (reference) => imageIdOf(docker, reference),
		loadImage: (tarPath, expectedId) => loadImage(docker, tarPath, expectedId),
		pullImage: (reference, signal) => pullImage(docker, reference, signal),
		demandRunnable: (id) => demandRunnable(docker, id),
		imageBytes: (id) => imageBytesOf(docker, id),
		removeImage: (id) => removeImage(docker, id),
		create: (plan) => createContainer(docker, plan, inspect),
		start: async (id) => {
			await oom.watch();
			await startContainer(docker, id);
		},
		wait: (id, signal) => waitForExit(docker, id, signal, inspect),
		stop: (id, graceSeconds) => stopContainer(docker, id, graceSeconds),
		remove: (id) => removeContainer(docker, oom, id),
		inspect,
		list: (labels) => listContainers(docker, labels),
		capture: async (id, maxBytes, tap) => {
			const started = (await inspect(id))?.phase !== "created";
			return captureLogs(docker, id, { maxBytes, started, tap });
		},
		lastLine: (id) => lastLine(docker, id),
		networks: dockerNetworks(docker),
		close: () => oom.close(),
	};
}

async function engineInfo(docker: Docker): Promise<EngineInfo> {
	try {
		const info = await docker.info();
		return {
			version: info.ServerVersion,
			cpus: info.NCPU,
			memoryMiB: Math.floor(info.MemTotal / 2 ** 20),
			runtimes: Object.keys(info.Runtimes ?? {}),
			runtimeConfigs: info.Runtimes ?? {},
			rootDir: info.DockerRootDir,
			uidOffset: uidOffsetOf(info),
		};
	} catch (error) {
		throw engineError("asking what it is", error);
	}
}

/** An engine with user namespaces keeps its state in a folder named after the first user and group it maps to. */
function uidOffsetOf({
	SecurityOptions,
	DockerRootDir,
}: {
	SecurityOptions?: string[];
	DockerRootDir: string;
}): number {
	if (!SecurityOptions?.some((option) => option.startsWith("name=userns"))) return 0;
	return Number(/\/(\d+)\.\d+$/.exec(DockerRootDir)?.[1] ?? 0);
}

async function createContainer(
	docker: Docker,
	plan: ContainerPlan,
	inspect: ContainerEngine["inspect"],
): Promise<string> {
	const body = createBody(plan, await imageVolumesOf(docker, plan.imageId));
	try {
		return (await docker.createContainer(body)).id;
	} catch (error) {
		if (statusOf(error) === 409) {
			const existing = await inspect(plan.name);
			if (existing) return existing.id;
		}
		if (statusOf(error) === 404) {
			throw new EngineError("image-missing", `The engine no longer holds image ${plan.imageId}; load it again.`, error);
		}
		// A body the engine will not take (more CPUs than it has, a command that is no command) fails the same way again.
		if (statusOf(error) === 400) throw new EngineError("start-refused", reasonOf(error), error);
		throw engineError(`creating container ${plan.name}`, error);
	}
}

async function startContainer(docker: Docker, id: string): Promise<void> {
	try {
		await docker.getContainer(id).start();
	} catch (error) {
		if (statusOf(error) === 304) return; // already started
		// 400: no such program in the image; 500 with an OCI message: the runtime could not set the container up as asked.
		if (statusOf(error) === 400 || /OCI runtime|device driver|executable file/.test(reasonOf(error))) {
			throw new EngineError("start-refused", reasonOf(error), error);
		}
		throw engineError(`starting container ${id.slice(0, 12)}`, error);
	}
}

async function waitForExit(
	docker: Docker,
	id: string,
	signal: AbortSignal,
	inspect: ContainerEngine["inspect"],
): Promise<ContainerState> {
	try {
		await docker.getContainer(id).wait({ condition: "not-running", abortSignal: signal });
	} catch (error) {
		if (signal.aborted) throw signal.reason;
		throw engineError(`waiting for container ${id.slice(0, 12)}`, error);
	}
	const state = await inspect(id);
	if (!state)
		throw new EngineError("engine-failed", `Container ${id.slice(0, 12)} was removed by somebody else while it ran.`);
	return state;
}

async function stopContainer(docker: Docker, id: string, graceSeconds: number): Promise<void> {
	try {
		await docker.getContainer(id).stop({ t: graceSeconds });
	} catch (error) {
		if (statusOf(error) === 304 || statusOf(error) === 404) return; // stopped or gone already
		throw engineError(`stopping container ${id.slice(0, 12)}`, error);
	}
}

async function removeContainer(docker: Docker, oom: OomEvents, id: string): Promise<void> {
	try {
		await docker.getContainer(id).remove({ force: true, v: true });
		oom.forget(id);
	} catch (error) {
		if (statusOf(error) === 404 || statusOf(error) === 409) return; // gone, or going
		throw engineError(`removing container ${id.slice(0, 12)}`, error);
	}
}

async function inspectContainer(docker: Docker, oom: OomEvents, idOrName: string): Promise<ContainerState | undefined> {
	try {
		const { Id, State, Config, HostConfig } = await docker.getContainer(idOrName).inspect();
		const alive = State.Running || State.Paused || State.Restarting;
		const started = !State.StartedAt.startsWith(NEVER);
		const phase = alive ? "running" : started || State.ExitCode !== 0 ? "exited" : "created";
		return {
			id: Id,
			phase,
			exitCode: State.ExitCode,
			oomKilled: State.OOMKilled || oom.saw(Id),
			error: State.Error,
			startedAtMs: started ? Date.parse(State.StartedAt) : undefined,
			finishedAtMs:
				phase === "exited" && !State.FinishedAt.startsWith(NEVER) ? Date.parse(State.FinishedAt) : undefined,
			runtime: HostConfig.Runtime ?? "runc",
			labels: Config.Labels ?? {},
		};
	} catch (error) {
		if (statusOf(error) === 404) return undefined;
		throw engineError(`inspecting container ${idOrName}`, error);
	}
}

async function listContainers(docker: Docker, labels: Record<string, string>) {
	const label = Object.entries(labels).map(([name, value]) => (value === "" ? name : `${name}=${value}`));
	try {
		const found = await docker.listContainers({ all: true, filters: { label } });
		return found.map((container) => ({ id: container.Id, labels: container.Labels }));
	} catch (error) {
		throw engineError("listing containers", error);
	}
}

function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
