import type Docker from "dockerode";

export interface ContainerStart {
	/** Milliseconds of the engine's clock, which is this machine's. */
	at: number;
	id: string;
	/** The container's labels, and its image and name. */
	attributes: Record<string, string>;
}

/**
 * The engine's start events of containers with this label (`name` or `name=value`), as they come; ends with the signal.
 * It listens once the promise resolves, so nothing started after that is missed.
 */
export async function containerStarts(
	docker: Docker,
	label: string,
	signal: AbortSignal,
): Promise<AsyncGenerator<ContainerStart, void>> {
	const filters = { type: ["container"], event: ["start"], label: [label] };
	const stream = await docker.getEvents({ filters: JSON.stringify(filters), abortSignal: signal });
	return read(stream, signal);
}

async function* read(stream: NodeJS.ReadableStream, signal: AbortSignal): AsyncGenerator<ContainerStart, void> {
	let rest = "";
	try {
		for await (const part of stream) {
			const lines = (rest + String(part)).split("\n");
			rest = lines.pop() ?? "";
			for (const line of lines.filter(Boolean)) {
				// JSON.parse would round nanoseconds before we could divide them; as text they keep their microseconds.
				const nanoseconds = /"timeNano":(\d+)/.exec(line)?.[1] ?? "";
				const { Actor } = JSON.parse(line);
				yield { at: Number(nanoseconds) / 1e6, id: Actor.ID, attributes: Actor.Attributes };
			}
		}
	} catch (error) {
		if (!signal.aborted) throw error;
	}
}
