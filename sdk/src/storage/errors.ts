import { DepinError } from "../errors/base.ts";

/** A text that should be a CID is not one this market uses. */
export class CidInvalidError extends DepinError {
	override readonly code = "cid-invalid";
	constructor(text: string, reason: string, cause?: unknown) {
		super(`"${text.slice(0, 100)}" is not a usable CID: ${reason}`, {
			cause,
			hint: "A CID here is CIDv1 with sha2-256 and codec raw or dag-pb, for example bafkrei… or bafybei….",
		});
	}
}

/** An order's uri, or a source in it, cannot be read or written. */
export class UriInvalidError extends DepinError {
	override readonly code = "uri-invalid";
	constructor(uri: string, reason: string) {
		super(`"${uri.slice(0, 200)}" cannot be used: ${reason}`);
	}
}

/** Bytes are not what their CID says: the source is broken or lies. */
export class BlockMismatchError extends DepinError {
	override readonly code = "block-mismatch";
	constructor(cid: string, from: string) {
		super(`What ${from} sent for ${cid} does not hash to it; nothing of it was used`, {
			hint: "Ask another source, or tell whoever runs this one.",
		});
	}
}

/** A CAR stream breaks the format or a bound. */
export class CarInvalidError extends DepinError {
	override readonly code = "car-invalid";
	constructor(from: string, reason: string, cause?: unknown) {
		super(`The CAR from ${from} cannot be read: ${reason}`, { cause });
	}
}

/** A DAG is not UnixFS as this market uses it, or breaks a bound. */
export class DagInvalidError extends DepinError {
	override readonly code = "dag-invalid";
	constructor(cid: string, reason: string, cause?: unknown) {
		super(`${cid} cannot be unpacked: ${reason}`, { cause });
	}
}

/** Content is larger than the caller allows. */
export class ContentTooLargeError extends DepinError {
	override readonly code = "content-too-large";
	constructor(cid: string, what: string, limit: number) {
		super(`${cid} has more than ${limit} ${what}, the most allowed here`);
	}
}

/** A source may not be asked at all. */
export class SourceRefusedError extends DepinError {
	override readonly code = "source-refused";
	constructor(url: string, reason: string) {
		super(`${url} was not asked: ${reason}`);
	}
}

/** A source was asked and did not give what it should. */
export class SourceFailedError extends DepinError {
	override readonly code = "source-failed";
	override readonly retriable = true;
	constructor(url: string, reason: string, cause?: unknown) {
		super(`${url}: ${reason}`, { cause });
	}
}

/** No source had the content. */
export class ContentUnavailableError extends DepinError {
	override readonly code = "content-unavailable";
	override readonly retriable = true;
	constructor(cid: string, failures: readonly DepinError[]) {
		super(failures.length === 0 ? `${cid} cannot be fetched: no source is known.` : `No source could give ${cid}`, {
			meta: failures.map((failure) => failure.shortMessage),
			hint: "Check that the storage node is up, or name another source.",
			cause: failures.at(-1),
		});
	}
}

/** Why a file or folder is not imported. */
export type ImportRefusal =
	| "symlink"
	| "special-file"
	| "bad-name"
	| "too-deep"
	| "too-many-files"
	| "too-many-bytes"
	| "changed"
	| "unreadable";

/** A file or folder cannot become content. `refusal` says why, `path` says which. */
export class ImportRefusedError extends DepinError {
	override readonly code = "import-refused";
	readonly refusal: ImportRefusal;
	readonly path: string;
	constructor(path: string, refusal: ImportRefusal, reason: string, cause?: unknown) {
		super(`${JSON.stringify(path)} cannot be imported: ${reason}`, { cause });
		this.refusal = refusal;
		this.path = path;
	}
}

/** A storage node did not take an upload. */
export class UploadFailedError extends DepinError {
	override readonly code = "upload-failed";
	override readonly retriable: boolean;
	constructor(url: string, reason: string, options: { retriable: boolean; hint?: string; cause?: unknown }) {
		super(`${url} did not store the content: ${reason}`, {
			hint: options.hint ?? "Nothing was posted; run the command again once the storage node answers.",
			cause: options.cause,
		});
		this.retriable = options.retriable;
	}
}

/** The disk refused while content was written. */
export class ExportFailedError extends DepinError {
	override readonly code = "export-failed";
	constructor(target: string, cause: Error & { code: string }) {
		const reasons: Record<string, string> = {
			EEXIST: "something is already there",
			ENOSPC: "the disk is full",
			EACCES: "it may not be written",
			ENOENT: "its folder does not exist",
		};
		super(`${target} could not be written: ${reasons[cause.code] ?? cause.message}`, { cause });
	}
}

/** A path leads to nothing in its content. */
export class PathNotFoundError extends DepinError {
	override readonly code = "path-not-found";
	constructor(root: string, path: string, name: string) {
		super(
			`there is no ${JSON.stringify(path)} in ${root}${path === name ? "" : `: ${JSON.stringify(name)} is missing`}`,
		);
	}
}
