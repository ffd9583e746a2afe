import { DepinError } from "../errors/base.ts";
import type { FieldProblem } from "./problems.ts";

/** A spec, job file or manifest with wrong fields. Nothing was built, uploaded or signed. */
export class SpecInvalidError extends DepinError {
	override readonly code = "spec-invalid";
	readonly problems: readonly FieldProblem[];
	constructor(what: string, problems: readonly FieldProblem[], cause?: unknown) {
		super(`${what} is not valid`, {
			meta: problems.map(({ field, problem }) => (field === "" ? problem : `${field} ${problem}`)),
			hint: "Nothing was posted and nothing was paid; correct the fields and run it again.",
			cause,
		});
		this.problems = problems;
	}
}

/** A bundle's manifest that does not say what its order's terms need. */
export class ManifestInvalidError extends DepinError {
	override readonly code = "manifest-invalid";
	constructor(reason: string, cause?: unknown) {
		super(`The order's manifest is not valid: ${reason}`, { cause });
	}
}

/** A statement that cannot be read, or is not signed as it says. */
export class StatementInvalidError extends DepinError {
	override readonly code = "statement-invalid";
	constructor(reason: string, cause?: unknown) {
		super(`The statement is not valid: ${reason}`, { cause });
	}
}

/** An image archive that a node must not load. */
export class ImageInvalidError extends DepinError {
	override readonly code = "image-invalid";
	constructor(reason: string, cause?: unknown) {
		super(`The image cannot be used: ${reason}`, { cause });
	}
}

/** An image that could not be built or read from the local container engine. */
export class ImageBuildError extends DepinError {
	override readonly code = "image-build-failed";
	constructor(what: string, reason: string, options: { hint?: string; cause?: unknown } = {}) {
		super(`${what} could not be made into an image: ${reason}`, {
			hint: options.hint ?? "Nothing was posted and nothing was paid.",
			cause: options.cause,
		});
	}
}

/** An input `job:<orderId>/<n>/outputs/<path>` that leads nowhere. */
export class JobInputError extends DepinError {
	override readonly code = "job-input-invalid";
	constructor(reference: string, reason: string, cause?: unknown) {
		super(`Input ${reference} cannot be used: ${reason}`, { cause });
	}
}
