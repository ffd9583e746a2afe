/** What every error of this package carries besides its message. */
export type DepinErrorOptions = {
	/** The error that led here; kept whole, never flattened into text. */
	cause?: unknown;
	/** Facts for whoever debugs, one `name: value` a line (ids, addresses, amounts with units). */
	meta?: readonly string[];
	/** What to do now, as one sentence. */
	hint?: string;
};

/**
 * The root of all errors this package throws on purpose. A subclass stands for one failure, is built from data, has a
 * stable `code`, and says by its class whether trying again can help (`retriable`).
 */
export class DepinError extends Error {
	/** Stable, kebab-case; programs match on it. */
	readonly code: string = "failure";
	/** True when the same call may succeed later without anybody changing anything. */
	readonly retriable: boolean = false;
	readonly shortMessage: string;
	readonly meta: readonly string[];
	readonly hint: string | undefined;

	constructor(shortMessage: string, options: DepinErrorOptions = {}) {
		super(
			[shortMessage, ...(options.meta ?? []).map((line) => `  ${line}`), ...(options.hint ? [options.hint] : [])].join(
				"\n",
			),
			options.cause === undefined ? undefined : { cause: options.cause },
		);
		this.name = new.target.name;
		this.shortMessage = shortMessage;
		this.meta = options.meta ?? [];
		this.hint = options.hint;
	}
}

/** The first error in `error`'s chain of causes, itself included, that `matches`. */
export function findCause<T>(error: unknown, matches: (candidate: unknown) => candidate is T): T | undefined {
	const seen = new Set<unknown>();
	for (let current = error; current !== undefined && current !== null && !seen.has(current); ) {
		if (matches(current)) return current;
		seen.add(current);
		current = current instanceof Error ? current.cause : undefined;
	}
	return undefined;
}

/** One line for any thrown value: viem's and our short messages without the details that follow them. */
export function shortMessageOf(error: unknown): string {
	if (error instanceof Error) {
		const short = "shortMessage" in error ? error.shortMessage : undefined;
		return typeof short === "string" ? short : (error.message.split("\n")[0] ?? error.name);
	}
	return String(error);
}
