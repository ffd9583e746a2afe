export type EngineErrorCode =
	| "engine-down"
	| "image-missing"
	| "image-invalid"
	| "start-refused"
	| "quota-unavailable"
	| "tier-missing"
	| "egress-missing"
	| "canary-impossible"
	| "engine-failed";

/** The retry decision follows from the code: only what the passing of time can mend is retriable. */
const RETRIABLE: ReadonlySet<EngineErrorCode> = new Set(["engine-down", "engine-failed"]);

/** A failure of the container engine or of what the host must give it. The message says what to do about it. */
export class EngineError extends Error {
	override readonly name = "EngineError";
	readonly code: EngineErrorCode;
	readonly retriable: boolean;

	constructor(code: EngineErrorCode, message: string, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		this.code = code;
		this.retriable = RETRIABLE.has(code);
	}
}

/** The HTTP status the engine answered with, or undefined when it did not answer. */
export function statusOf(error: unknown): number | undefined {
	const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
	return typeof status === "number" ? status : undefined;
}

/** Turns whatever dockerode threw into an `EngineError`; no answer at all means the engine is down. */
export function engineError(doing: string, error: unknown): EngineError {
	if (error instanceof EngineError) return error;
	const reason = error instanceof Error ? error.message : String(error);
	if (statusOf(error) === undefined) {
		return new EngineError(
			"engine-down",
			`The container engine did not answer while ${doing}: ${reason}. No job is lost; start Docker (\`systemctl start docker\`) and the node goes on.`,
			error,
		);
	}
	// The guard before the engine (`socketProxy`) judges the same call the same way for ever.
	if (statusOf(error) === 403)
		return new EngineError("start-refused", `The guard before the container engine refused ${doing}: ${reason}`, error);
	return new EngineError("engine-failed", `The container engine refused ${doing}: ${reason}`, error);
}
