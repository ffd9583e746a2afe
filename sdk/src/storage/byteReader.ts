import { concatBytes } from "./bytes.ts";

/** Reads a byte stream in pieces of known length without ever holding more than one piece and one chunk. */
export type ByteReader = {
	/** The next `length` bytes, or fewer when the stream ends before. */
	take(length: number): Promise<Uint8Array>;
	/** True when nothing is left. */
	ended(): Promise<boolean>;
	/** Stops the stream behind it. */
	close(): Promise<void>;
};

export function byteReader(source: AsyncIterable<Uint8Array>): ByteReader {
	const chunks = source[Symbol.asyncIterator]();
	let chunk: Uint8Array = new Uint8Array(0);

	async function refill(): Promise<boolean> {
		while (chunk.byteLength === 0) {
			const next = await chunks.next();
			if (next.done === true) return false;
			chunk = next.value;
		}
		return true;
	}

	return {
		async take(length) {
			const parts: Uint8Array[] = [];
			let missing = length;
			while (missing > 0 && (await refill())) {
				const part = chunk.subarray(0, missing);
				chunk = chunk.subarray(part.byteLength);
				parts.push(part);
				missing -= part.byteLength;
			}
			// A copy: the piece outlives the chunk, and chunks of HTTP bodies come from a pool.
			return concatBytes(parts);
		},
		async ended() {
			return !(await refill());
		},
		async close() {
			await chunks.return?.();
		},
	};
}
