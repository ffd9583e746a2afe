/** The handle by which events reach a job that is being worked on. */
export class LiveJob {
	readonly #lost = new AbortController();
	#changed = Promise.withResolvers<void>();

	/** Aborts when the job is no longer ours: whatever was made for it is thrown away. */
	get lost(): AbortSignal {
		return this.#lost.signal;
	}

	/** Resolves at the next `poke`. */
	changed(): Promise<void> {
		return this.#changed.promise;
	}

	/** Something about the job's row changed. */
	poke(): void {
		this.#changed.resolve();
		this.#changed = Promise.withResolvers();
	}

	lose(because: string): void {
		this.#lost.abort(new JobLostError(because));
		this.poke();
	}
}

/** Thrown into whatever waits for a job that is not ours any more. */
export class JobLostError extends Error {
	override readonly name = "JobLostError";
}
