// The page's own hash is asynchronous and takes no parts, so a page computes this one itself.
import { sha256 as noble } from "@noble/hashes/sha2.js";
import type { Sha256 } from "./hash.ts";

export function sha256(bytes: Uint8Array): Uint8Array {
	return noble(bytes);
}

export function createSha256(): Sha256 {
	const hash = noble.create();
	return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}
