import { createHash } from "node:crypto";

/** A sha2-256 that takes its bytes in parts. */
export type Sha256 = { update(bytes: Uint8Array): void; digest(): Uint8Array };

export function sha256(bytes: Uint8Array): Uint8Array {
	return createHash("sha256").update(bytes).digest();
}

export function createSha256(): Sha256 {
	const hash = createHash("sha256");
	return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}
