import { CID } from "multiformats/cid";
import * as Digest from "multiformats/hashes/digest";
import { bytesToHex, hexToBytes } from "viem";
import { sha256 } from "#hash";
import { equalBytes } from "./bytes.ts";
import { BlockMismatchError, CidInvalidError } from "./errors.ts";

/** Codec of a block without links: file bytes, manifests, statements. */
export const RAW = 0x55;
/** Codec of a UnixFS node: a directory, or a file of several blocks. */
export const DAG_PB = 0x70;
const SHA2_256 = 0x12;

/** The largest block anybody here accepts; Bitswap peers refuse larger ones too. */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024;

/** Bytes and the CID that their sha2-256 gives. */
export type Block = { cid: CID; bytes: Uint8Array };

/** A 32-byte hash as the chain writes it. */
export type Hex32 = `0x${string}`;

export { sha256 };

export function toHex(bytes: Uint8Array): Hex32 {
	return bytesToHex(bytes);
}

/**
 * Reads a CID and refuses every form this market does not use.
 *
 * @param text A CIDv1 with sha2-256 and codec raw or dag-pb, in its base32 form.
 * @throws {CidInvalidError} names the text and the form expected.
 */
export function parseCid(text: string): CID {
	let cid: CID;
	try {
		cid = CID.parse(text);
	} catch (cause) {
		throw new CidInvalidError(text, "it does not parse as a CID", cause);
	}
	const reason = refuseCid(cid);
	if (reason !== undefined) throw new CidInvalidError(text, reason);
	// One spelling per CID: documents are compared and hashed as text.
	if (cid.toString() !== text) throw new CidInvalidError(text, `write it as ${cid}`);
	return cid;
}

/** Why a CID is not one of ours (CIDv1, sha2-256, raw or dag-pb), or undefined when it is. */
export function refuseCid(cid: CID): string | undefined {
	if (cid.version !== 1) return `it is a CIDv0; write it as ${cid.toV1()}`;
	if (cid.multihash.code !== SHA2_256 || cid.multihash.digest.byteLength !== 32) return "its hash is not sha2-256";
	if (cid.code !== RAW && cid.code !== DAG_PB) return `its codec 0x${cid.code.toString(16)} is neither raw nor dag-pb`;
	return undefined;
}

/** The CID of a sha2-256 digest, as terms and results carry it on chain. */
export function cidOfDigest(codec: typeof RAW | typeof DAG_PB, digest: Uint8Array | Hex32): CID {
	const bytes = typeof digest === "string" ? hexToBytes(digest) : digest;
	return CID.createV1(codec, Digest.create(SHA2_256, new Uint8Array(bytes)));
}

/** The sha2-256 digest inside a CID, as terms and results carry it on chain. */
export function digestOfCid(cid: CID): Hex32 {
	return toHex(cid.multihash.digest);
}

/** A block without links: its CID is CIDv1 raw of its sha2-256. */
export function rawBlock(bytes: Uint8Array): Block {
	return { cid: cidOfDigest(RAW, sha256(bytes)), bytes };
}

/**
 * Checks that bytes are the block a CID names.
 *
 * @param from Where the bytes came from, for the message.
 * @throws {BlockMismatchError} when the hash differs.
 */
export function verifyBlock(cid: CID, bytes: Uint8Array, from: string): Block {
	if (!equalBytes(sha256(bytes), cid.multihash.digest)) throw new BlockMismatchError(cid.toString(), from);
	return { cid, bytes };
}
