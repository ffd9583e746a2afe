import type Docker from "dockerode";
import { engineError } from "./errors.ts";

/**
 * Remembers which containers the kernel killed a process in for memory. The exit state alone is not enough: when only a
 * child was killed the container may end with code 0, and the engine's `OOMKilled` flag can miss a kill just before the end.
 */
export class OomEvents {
	readonly #docker: Docker;
	readonly #seen = new Set<string>();
	#stream: NodeJS.ReadableStream | undefined;
	#subscribing: Promise<void> | undefined;

	constructor(docker: Docker) {
		this.#docker = docker;
	}

	/** Subscribes once, however many containers start at once; again after the stream broke (an engine restart). Call before starting one. */
	async watch(): Promise<void> {
		this.#subscribing ??= this.#subscribe().finally(() => {
			this.#subscribing = undefined;
		});
		await this.#subscribing;
	}

	async #subscribe(): Promise<void> {
		if (this.#stream) return;
		let stream: NodeJS.ReadableStream;
		try {
			stream = await this.#docker.getEvents({ filters: { type: ["container"], event: ["oom"] } });
		} catch (error) {
			throw engineError("subscribing to its events", error);
		}
		this.#stream = stream;
		const lost = () => {
			if (this.#stream === stream) this.#stream = undefined;
		};
		stream.on("end", lost).on("error", lost).on("close", lost);
		let rest = "";
		stream.on("data", (chunk: Buffer) => {
			const lines = (rest + chunk.toString()).split("\n");
			rest = lines.pop() ?? "";
			for (const line of lines) this.#note(line);
		});
	}

	#note(line: string): void {
		const id = /"id":"([0-9a-f]{64})"/.exec(line)?.[1];
		if (id) this.#seen.add(id);
	}

	saw(id: string): boolean {
		return this.#seen.has(id);
	}

	forget(id: string): void {
		this.#seen.delete(id);
	}

	close(): void {
		(this.#stream as { destroy?: () => void } | undefined)?.destroy?.();
		this.#stream = undefined;
	}
}
