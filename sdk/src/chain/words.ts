import { DepinError } from "../errors/base.ts";

/** Fields of one 256-bit word, from the most significant bit down; the last ends at bit 0. */
export type WordLayout = readonly (readonly [field: string, bits: number])[];

/** A value that does not fit the bits its field has in the packed terms or result. */
export class FieldRangeError extends DepinError {
	override readonly code = "field-range";
	constructor(field: string, value: bigint, bits: number) {
		super(`${field} = ${value} does not fit in ${bits} bits`, {
			hint: `Give ${field} a value from 0 to 2^${bits} - 1.`,
		});
	}
}

/** A packed word with unused bits set; the Market refuses such terms, so nothing valid looks like this. */
export class NonCanonicalWordError extends DepinError {
	override readonly code = "non-canonical-word";
	constructor(layout: WordLayout, word: bigint) {
		super(
			`word 0x${word.toString(16)} has bits that none of its fields uses: ${layout.map(([field]) => field).join(", ")}`,
		);
	}
}

/** Packs `values` (one per field of `layout`) into one word. */
export function packWord(layout: WordLayout, values: readonly bigint[]): bigint {
	let word = 0n;
	layout.forEach(([field, bits], index) => {
		const value = values[index] ?? 0n;
		if (value < 0n || value >> BigInt(bits) !== 0n) throw new FieldRangeError(field, value, bits);
		word = (word << BigInt(bits)) | value;
	});
	return word;
}

/** The fields of `word`, in the order of `layout`. */
export function unpackWord(layout: WordLayout, word: bigint): bigint[] {
	let rest = word;
	const values: bigint[] = [];
	for (const [, bits] of layout.toReversed()) {
		values.unshift(rest & ((1n << BigInt(bits)) - 1n));
		rest >>= BigInt(bits);
	}
	if (rest !== 0n) throw new NonCanonicalWordError(layout, word);
	return values;
}
