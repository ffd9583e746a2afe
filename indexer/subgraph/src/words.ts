import { BigInt, ByteArray } from "@graphprotocol/graph-ts";
import { fieldOf } from "./pure";

/** The field of `width` bits above bit `from` of a word, as a number. */
export function fieldAt(word: BigInt, from: i32, width: i32): BigInt {
	return BigInt.fromUnsignedBytes(changetype<ByteArray>(fieldOf(word, from, width)));
}
