import { UriInvalidError } from "../storage/errors.ts";
import { decodeUri, normaliseSource } from "../storage/sources.ts";
import type { Statement } from "./statementSchema.ts";

/** Gateways that the order and the statement name. Others wrote them: what cannot be asked is left out. */
export function usableSources(uri: string, statement: Statement | undefined): string[] {
	const named = () => decodeUri(uri).sources;
	const stated = (statement?.predicate.runDetails.depin.sources ?? []).map((source) => () => [normaliseSource(source)]);
	return [named, ...stated].flatMap((read) => {
		try {
			return read();
		} catch (error) {
			if (error instanceof UriInvalidError) return [];
			throw error;
		}
	});
}
