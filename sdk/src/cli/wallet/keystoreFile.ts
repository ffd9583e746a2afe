import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Hex } from "viem";
import { KeystoreExistsError, KeystoreInvalidError } from "./errors.ts";
import { type Keystore, keystoreSchema, sealKey } from "./keystore.ts";

/** A wallet file is half a kilobyte; more than this is something else. */
const MAX_BYTES = 64 * 1024;

/** @throws {KeystoreInvalidError} which names the field that is wrong. */
export function readKeystore(path: string): Keystore {
	return parseKeystore(readSmallFile(path), path);
}

/** @param path only for the error */
export function parseKeystore(text: string, path: string): Keystore {
	let content: unknown;
	try {
		content = JSON.parse(text);
	} catch (cause) {
		throw new KeystoreInvalidError(path, ["it is not JSON"], cause);
	}
	const parsed = keystoreSchema.safeParse(withCrypto(content));
	if (parsed.success) return parsed.data;
	const problems = parsed.error.issues.map(({ path: field, message }) => `${field.join(".") || "it"}: ${message}`);
	throw new KeystoreInvalidError(path, problems, parsed.error);
}

/** Some wallets wrote the field with a capital letter. */
function withCrypto(content: unknown): unknown {
	if (typeof content !== "object" || content === null || !("Crypto" in content) || "crypto" in content) return content;
	return { ...content, crypto: content.Crypto };
}

export function readSmallFile(path: string): string {
	try {
		const { size } = statSync(path);
		if (size > MAX_BYTES) throw new KeystoreInvalidError(path, [`it has ${size} bytes, a wallet has a few hundred`]);
		return readFileSync(path, "utf8");
	} catch (cause) {
		if (cause instanceof KeystoreInvalidError) throw cause;
		const { code, message } = cause as NodeJS.ErrnoException;
		throw new KeystoreInvalidError(path, [code === "ENOENT" ? "there is no such file" : message], cause);
	}
}

/** Whether others on this machine may read the file, and try passphrases on it. */
export function isExposed(path: string): boolean {
	return (statSync(path).mode & 0o077) !== 0;
}

/** @throws {KeystoreExistsError} before a passphrase is asked for in vain. */
export function refuseTaken(path: string): void {
	if (existsSync(path)) throw new KeystoreExistsError(path);
}

/**
 * Seals a key into a new file that only this user can read, on the disk before it returns.
 * @throws {KeystoreExistsError} a wallet file is never written over
 */
export async function writeKeystore(
	path: string,
	key: Hex,
	passphrase: string,
): Promise<Keystore & { address: string }> {
	const keystore = await sealKey(key, passphrase);
	mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
	const file = create(path);
	try {
		writeFileSync(file, `${JSON.stringify(keystore, undefined, "\t")}\n`);
		fsyncSync(file);
	} finally {
		closeSync(file);
	}
	return keystore;
}

function create(path: string): number {
	try {
		return openSync(path, "wx", 0o600);
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code === "EEXIST") throw new KeystoreExistsError(path, cause);
		throw new KeystoreInvalidError(path, [(cause as Error).message], cause);
	}
}
