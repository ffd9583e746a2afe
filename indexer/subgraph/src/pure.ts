// What the mappings reckon without the store. Written in what AssemblyScript and TypeScript have in common, so that the
// vectors shared with the contracts and the sdk check this very source.
import { BigInt } from "@graphprotocol/graph-ts";

export const RAW: i32 = 0x55;
export const DAG_PB: i32 = 0x70;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** The field of `width` bits above bit `from` of a word; bytes of the word and of the field: lowest first. */
export function fieldOf(word: Uint8Array, from: i32, width: i32): Uint8Array {
	const field = new Uint8Array(width / 8);
	for (let index: i32 = 0; index < field.length; index++) {
		const at: i32 = from / 8 + index;
		if (at < word.length) field[index] = word[at];
	}
	return field;
}

/** The same bytes from the other end. */
export function reversed(bytes: Uint8Array): Uint8Array {
	const turned = new Uint8Array(bytes.length);
	for (let index: i32 = 0; index < bytes.length; index++) turned[index] = bytes[bytes.length - 1 - index];
	return turned;
}

/** CIDv1 of a sha2-256 digest, as text. */
export function cidOf(codec: i32, digest: Uint8Array): string {
	const bytes = new Uint8Array(4 + digest.length);
	bytes[0] = 1;
	bytes[1] = codec as u8;
	bytes[2] = 0x12;
	bytes[3] = 32;
	for (let index: i32 = 0; index < digest.length; index++) bytes[4 + index] = digest[index];
	let text = "b";
	let held: i32 = 0;
	let bits: i32 = 0;
	for (let index: i32 = 0; index < bytes.length; index++) {
		held = ((held << 8) | (bytes[index] as i32)) & 0xfff;
		bits += 8;
		while (bits >= 5) {
			bits -= 5;
			text += BASE32.charAt((held >> bits) & 31);
		}
	}
	if (bits > 0) text += BASE32.charAt((held << (5 - bits)) & 31);
	return text;
}

/** A key that sorts as text in the order in which things happened. */
export function sequenceOf(block: string, log: string): string {
	return block.padStart(12, "0") + "-" + log.padStart(6, "0");
}

/** The price of a job claimed `delay` seconds after its order was posted, rounded down. */
export function unitPrice(startPrice: BigInt, maxPrice: BigInt, rampFor: BigInt, delay: BigInt): BigInt {
	if (rampFor == rampFor - rampFor || startPrice == maxPrice) return maxPrice;
	const climbed = delay < rampFor ? delay : rampFor;
	return startPrice + ((maxPrice - startPrice) * climbed) / rampFor;
}

/** What is still to happen to an order: jobs to claim, jobs to finish, nothing. */
export function orderState(unclaimed: bool, atWork: bool): string {
	if (unclaimed) return "open";
	return atWork ? "assigned" : "done";
}

/** The count of an order that a job in this state is part of; empty where none is. */
export function counterOf(state: string): string {
	if (state == "open") return "unclaimed";
	if (state == "running" || state == "paid") return state;
	if (state == "submitted-ok" || state == "submitted-fail") return "submitted";
	if (state == "committed" || state == "revealed") return "sealed";
	return state == "void" ? "voided" : "";
}

/** The name of a verdict by its number on chain. */
export function verdictName(verdict: i32): string {
	if (verdict == 1) return "valid";
	if (verdict == 2) return "invalid";
	return verdict == 3 ? "unavailable" : "inconclusive";
}

/** The balances that a payment of this kind lowers (-) and raises (+) on the side of who gives it. */
export function changesOfGiver(kind: string): string[] {
	if (kind == "withdrawal") return ["-free", "+withdrawn"];
	if (kind == "escrow") return ["-free", "+escrow"];
	if (kind == "pay" || kind == "fee") return ["-escrow", "+spent"];
	if (kind == "stake") return ["-free", "+staked"];
	if (kind == "slash" || kind == "bounty") return ["-staked", "+slashed"];
	if (kind == "sweep") return ["-fees"];
	if (kind == "bond") return ["-free", "+bonded"];
	if (kind == "forfeit") return ["-bonded", "+forfeited"];
	if (kind == "seizure") return ["-staked", "+slashed"];
	return [];
}

/** The same of who gets it. */
export function changesOfTaker(kind: string): string[] {
	if (kind == "deposit") return ["+free", "+deposited"];
	if (kind == "pay") return ["+free", "+earned"];
	if (kind == "fee") return ["+fees", "+feesPaid"];
	if (kind == "refund") return ["-escrow", "+free", "+refunded"];
	if (kind == "unstake") return ["-staked", "+free"];
	if (kind == "bounty") return ["+free", "+bounties"];
	if (kind == "release") return ["-bonded", "+free"];
	if (kind == "juror" || kind == "reward" || kind == "compensation") return ["+free", "+awarded"];
	return [];
}

/** The same of the market itself. */
export function changesOfMarket(kind: string): string[] {
	if (kind == "slash" || kind == "remainder") return ["+pool"];
	if (kind == "treasury") return ["-treasury"];
	return [];
}
