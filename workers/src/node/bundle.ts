import type { Order } from "depin";
import { type Bundle, ManifestInvalidError, parseManifest } from "depin/jobs";
import {
	type ContentClient,
	cidOfDigest,
	decodeUri,
	MAX_BLOCK_BYTES,
	RAW,
	readFile,
	UriInvalidError,
	withSources,
} from "depin/storage";

/** What an order asks to be run, and where the consumer says its content is: hints, like everything in an order's uri. */
export type OrderBundle = Bundle & { sources: string[] };

/**
 * Fetches an order's manifest and checks it against what the terms promise.
 *
 * @throws {ManifestInvalidError} it is not what the terms were signed over; no waiting changes that
 * @throws {ContentUnavailableError} no source has it
 */
export async function loadBundle(
	{ content, signal }: { content: ContentClient; signal: AbortSignal },
	{ order, uri }: { order: Order; uri: string },
): Promise<OrderBundle> {
	const cid = cidOfDigest(RAW, order.manifest);
	const sources = sourcesOf(uri);
	const bundle = parseManifest(
		await readFile(withSources(content, sources), cid, { maxBytes: MAX_BLOCK_BYTES, signal }),
	);
	checkTerms(bundle, order);
	return { ...bundle, sources };
}

function sourcesOf(uri: string): string[] {
	try {
		return decodeUri(uri).sources;
	} catch (error) {
		if (error instanceof UriInvalidError) return []; // our own sources may have it
		throw error;
	}
}

function checkTerms({ manifest, lots, taskRoot }: Bundle, order: Order): void {
	const differs =
		(taskRoot !== order.taskRoot && "task root") ||
		(manifest.tasksPerLot !== order.tasksPerLot && "tasks per lot") ||
		(lots !== order.lots && "number of lots");
	if (differs) throw new ManifestInvalidError(`its ${differs} is not what the order's terms say`);
}
