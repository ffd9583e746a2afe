import { HttpRequestError, RpcRequestError, SocketClosedError, TimeoutError, WebSocketRequestError } from "viem";

/** Process exit codes; supervisors read them (`RestartPreventExitStatus=1`). 70 and 75 are those of sysexits.h. */
export const Exit = { done: 0, doNotRestart: 1, mistake: 70, tryAgain: 75 } as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** A failure with a stable code. Whether trying again can help follows from the class, never from the throw site. */
export class WorkerError extends Error {
	readonly code: string;
	readonly retriable: boolean = false;

	constructor(code: string, message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = new.target.name;
		this.code = code;
	}
}

/** The operator has to change something first: configuration, port, key, funds. */
export class OperatorError extends WorkerError {}

/** Something outside is away for now: RPC, storage, engine. */
export class UnavailableError extends WorkerError {
	override readonly retriable = true;
}

const transientSyscalls = new Set([
	"ECONNREFUSED",
	"ECONNRESET",
	"ECONNABORTED",
	"ETIMEDOUT",
	"EPIPE",
	"EAI_AGAIN",
	"ENOTFOUND",
	"EHOSTUNREACH",
	"ENETUNREACH",
	"UND_ERR_CONNECT_TIMEOUT",
	"UND_ERR_SOCKET",
]);
// -32603 is what Hardhat answers to a broken call, so it is not in the list: only codes that speak of load or time are.
const transientRpcCodes = new Set([-32005, -32002, -32097, 429]);

/** True when the same call may succeed later without anybody changing anything. */
export function isRetriable(error: unknown): boolean {
	for (let cause = error; cause instanceof Error; cause = cause.cause) {
		// Errors of ours and of the sdk say so by their class.
		if ("retriable" in cause && typeof cause.retriable === "boolean") return cause.retriable;
		if (cause instanceof TimeoutError || cause instanceof WebSocketRequestError || cause instanceof SocketClosedError)
			return true;
		if (cause instanceof HttpRequestError)
			return cause.status === undefined || cause.status >= 500 || cause.status === 429;
		if (cause instanceof RpcRequestError && transientRpcCodes.has(cause.code)) return true;
		if (transientSyscalls.has((cause as NodeJS.ErrnoException).code ?? "")) return true;
	}
	return false;
}

/** True for a failure that we have a class for; any other is a mistake in the worker itself. */
export function isForeseen(error: unknown): boolean {
	return error instanceof Error && ("retriable" in error || isForeseen(error.cause));
}

export function isAbort(error: unknown): boolean {
	return error instanceof Error && (error.name === "AbortError" || (error.cause !== undefined && isAbort(error.cause)));
}

/** One line for a human: viem's errors carry pages of request detail below their short message. */
export function oneLine(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const short = "shortMessage" in error && typeof error.shortMessage === "string" ? error.shortMessage : error.message;
	return short.replace(/\s+/g, " ").trim();
}
