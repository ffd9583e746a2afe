import { ImageInvalidError, type Reason } from "depin/jobs";
import {
	ContentTooLargeError,
	ContentUnavailableError,
	DagInvalidError,
	SourceFailedError,
	SourceRefusedError,
} from "depin/storage";
import { EngineError } from "../engine/errors.ts";
import { RegistryError } from "../registry/client.ts";
import { oneLine } from "../runtime/errors.ts";
import { DiskFullError } from "./cache/cache.ts";

/** A job cannot run because of something it names. Becomes a result with this reason, never a crash. */
export class ContentFailure extends Error {
	override readonly name = "ContentFailure";
	/** Asking again was tried before this was thrown. */
	readonly retriable = false;
	readonly reason: Reason;
	constructor(reason: Reason, message: string, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		this.reason = reason;
	}
}

/** What a failure to get an image or an input means for the job. Anything that is no such failure comes back as it is. */
export function asContentFailure(what: "image" | "input" | "outputs", name: string, error: unknown): unknown {
	const failure = (reason: Reason) => new ContentFailure(reason, `${what} ${name}: ${oneLine(error)}`, error);
	if (error instanceof DiskFullError) return new ContentFailure("disk-full", error.message, error);
	if (isMissing(error)) return failure(what === "input" ? "input-missing" : "image-missing");
	if (isInvalid(error)) return failure(what === "input" ? "input-missing" : "image-invalid");
	return error;
}

const isMissing = (error: unknown): boolean =>
	error instanceof ContentUnavailableError ||
	error instanceof RegistryError ||
	error instanceof SourceFailedError ||
	error instanceof SourceRefusedError ||
	(error instanceof EngineError && error.code === "image-missing");

const isInvalid = (error: unknown): boolean =>
	error instanceof DagInvalidError ||
	error instanceof ContentTooLargeError ||
	error instanceof ImageInvalidError ||
	(error instanceof EngineError && error.code === "image-invalid");
