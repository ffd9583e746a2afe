import type { JobSpec } from "depin/jobs";
import { type ContainerTask, collect, discard, prepare, supervise, type TaskOutcome } from "./container.ts";
import type { ContentCache } from "./content.ts";
import type { TierOffer } from "./tierOffer.ts";

export type RunAgainParameters = Pick<
	ContainerTask,
	"engine" | "host" | "egress" | "name" | "labels" | "dir" | "gpuUuids"
> & {
	cache: ContentCache;
	tiers: TierOffer;
	/** The task's resolved spec, its parameters merged into `env`. */
	spec: JobSpec;
	/** Global index of the task in its order. */
	index: number;
	/** Gateways to ask for image and inputs besides the cache's own. */
	sources: readonly string[];
	signal: AbortSignal;
};

/**
 * Runs one task under the very limits a node runs it under, to see whether a result is true. `use` gets what came of it
 * while its files are still there; nothing is left behind after.
 *
 * Rejects as content and engine do: with `ContentFailure`, `EngineError` or AbortError.
 */
export async function runAgain<T>(
	{ cache, tiers, index, sources, signal, ...own }: RunAgainParameters,
	use: (outcome: TaskOutcome, outputsDir: string) => Promise<T>,
): Promise<T> {
	const { engine, spec } = own;
	let container: string | undefined;
	try {
		const content = await cache.ensure(spec, { holder: own.name, sources, signal });
		await cache.demandRoom(spec, signal);
		const task: ContainerTask = { ...own, ...content, taskIndex: index, runtime: tiers.choose(spec).runtime };
		const prepared = await prepare(task);
		container = prepared.id;
		await engine.start(container);
		const endsAt = performance.now() + spec.timeout * 1000;
		const stop = () => ({ inMs: endsAt - performance.now(), because: "timeout" as const });
		const { state, ended } = await supervise(task, prepared, { stop, wake: () => new Promise(() => {}), signal });
		const outcome = await collect(task, prepared, state, ended === "lost" ? undefined : ended);
		return await use(outcome, prepared.outputsDir);
	} finally {
		await discard(own, container);
		await cache.release(own.name);
	}
}
