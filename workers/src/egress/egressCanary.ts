import type { ContainerEngine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import { PROXY_NAME } from "../engine/hostConfig.ts";
import { type EgressMeans, type EgressTask, egressSpec, openEgress, removeEgress } from "./jobEgress.ts";
import { PROBE_ENTRYPOINT } from "./proxyImage.ts";

const PROBE_MS = 60_000;
/** The metadata service of every cloud. */
const METADATA = "169.254.169.254";

/**
 * Puts a container under this runtime where a job with a network would be and has it look around. Resolves with what is
 * wrong with that place, or undefined: then the proxy is there, and neither this machine nor a name server answers.
 */
export async function runEgressCanary(
	task: EgressTask,
	runtime: string,
	means: EgressMeans,
	signal: AbortSignal,
): Promise<string | undefined> {
	const { engine, name, labels } = task;
	try {
		const network = { egress: ["allowed.invalid"], maxBytes: 1 };
		const connection = await openEgress(task, network, means);
		const forbidden = [METADATA, ...means.ownAddresses(), ...(await gatewaysOf(engine, name, labels))];
		const id = await engine.create({
			name,
			labels,
			imageId: means.imageId,
			taskIndex: 0,
			outputsDir: undefined,
			inputs: [],
			gpuUuids: [],
			openFiles: Math.min(task.host.openFiles, 4096),
			uid: task.host.uid,
			runtime,
			connection,
			spec: egressSpec([...PROBE_ENTRYPOINT, PROXY_NAME, ...forbidden], {}),
		});
		await engine.start(id);
		return await verdictOf(engine, id, signal);
	} catch (error) {
		if (error instanceof EngineError && !error.retriable) return error.message;
		throw error;
	} finally {
		const probe = await engine.inspect(name);
		if (probe) await engine.remove(probe.id);
		await removeEgress(task);
	}
}

/** What the engine would give the machine in this network, if it gave it something. */
async function gatewaysOf(engine: ContainerEngine, name: string, labels: Record<string, string>): Promise<string[]> {
	const { gateway } = await engine.networks.create(`${name}-net`, labels);
	return gateway === undefined ? [] : [gateway];
}

async function verdictOf(engine: ContainerEngine, id: string, signal: AbortSignal): Promise<string | undefined> {
	const late = AbortSignal.timeout(PROBE_MS);
	try {
		const { exitCode } = await engine.wait(id, AbortSignal.any([signal, late]));
		if (exitCode === 0) return undefined;
		return (await engine.lastLine(id)) ?? `the look around ended with ${exitCode}`;
	} catch (error) {
		if (late.aborted) return `the look around was not over after ${PROBE_MS / 1000} s`;
		throw error;
	}
}
