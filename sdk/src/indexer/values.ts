// The forms of single values: what travels in answers, and what may be asked for. Each says in words what it expects.
import type { Hex } from "viem";
import { z } from "zod";

/** Base units of the asset. */
export const amount = z
	.string()
	.regex(/^-?\d{1,78}$/, "expected a decimal string of base units")
	.transform(BigInt);

export const address = z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{40}$/)]);
/** 32 bytes: order ids, transactions, digests. */
export const hash = z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{64}$/)]);
export const whole = z.int().nonnegative();
/** Of 10,000. */
export const share = z.int().min(0).max(10_000);
/** Anything that JSON can say. */
export const anything = z.json();

/** What is asked for may be written in either case. */
export const anyAddress = anyHex(40, "expected an address of 0x and 40 hex digits");
export const anyOrderId = anyHex(64, "expected an order id of 0x and 64 hex digits");
export const anyDisputeId = anyHex(64, "expected the id of a dispute, 0x and 64 hex digits");

function anyHex(digits: number, expected: string): z.ZodType<Hex, string> {
	const text = z.string(expected).regex(new RegExp(`^0x[0-9a-fA-F]{${digits}}$`), expected);
	return text.toLowerCase() as z.ZodType as z.ZodType<Hex, string>;
}

/** A whole number within bounds that are part of the interface. */
export function wholeFrom(least: number, most: number) {
	const expected = `expected a whole number from ${least} to ${most}`;
	return z.int(expected).min(least, expected).max(most, expected);
}

export function oneOf<const T extends readonly [string, ...string[]]>(choices: T) {
	return z.enum(choices, `expected one of ${choices.join(", ")}`);
}
