// Web3 Secret Storage, version 3: one private key under a passphrase, as go-ethereum and most wallets write it.
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes, randomUUID, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { type Address, bytesToHex, concat, type Hex, hexToBytes, keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { z } from "zod";

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt);
const derivePbkdf2 = promisify(pbkdf2);

/** What go-ethereum takes by default: 256 MiB and about a second. */
const WRITTEN = { n: 262_144, r: 8, p: 1, dklen: 32 } as const;
/** A file from a stranger may ask for no more than this to be opened: half a gigabyte, eight times the usual work. */
const MAX_SCRYPT_BYTES = 512 * 1024 * 1024;
const MAX_SCRYPT_WORK = 8 * WRITTEN.n * WRITTEN.r;
const MAX_ROUNDS = 10_000_000;

const hex = (least: number, most = least) =>
	z.string().regex(new RegExp(`^([0-9a-fA-F]{2}){${least},${most}}$`), `expected ${least} bytes in hex`);
const salt = hex(8, 64);
const count = z.int().positive();

const scryptSchema = z.object({
	kdf: z.literal("scrypt"),
	kdfparams: z
		.object({ dklen: z.literal(32), n: count, r: count, p: count, salt })
		.refine(({ n }) => n > 1 && Number.isInteger(Math.log2(n)), { path: ["n"], error: "expected a power of two" })
		.refine(({ n, r, p }) => 128 * n * r <= MAX_SCRYPT_BYTES && n * r * p <= MAX_SCRYPT_WORK, {
			error: "asks for more memory or work than opening a wallet should",
		}),
});
const pbkdf2Schema = z.object({
	kdf: z.literal("pbkdf2"),
	kdfparams: z.object({
		dklen: z.literal(32),
		c: count.max(MAX_ROUNDS, "asks for more work than opening a wallet should"),
		prf: z.literal("hmac-sha256"),
		salt,
	}),
});
const sealed = {
	cipher: z.literal("aes-128-ctr"),
	cipherparams: z.object({ iv: hex(16) }),
	ciphertext: hex(32),
	mac: hex(32),
};

/** The file's content; what other wallets add to it is left out. */
export const keystoreSchema = z.object({
	version: z.literal(3),
	id: z.string().max(64).optional(),
	address: z
		.string()
		.regex(/^(0x)?[0-9a-fA-F]{40}$/, "expected an address")
		.optional(),
	crypto: z.discriminatedUnion("kdf", [scryptSchema.extend(sealed), pbkdf2Schema.extend(sealed)]),
});

export type Keystore = z.output<typeof keystoreSchema>;

/** Puts a key under a passphrase. Takes about a second, which is the point. */
export async function sealKey(key: Hex, passphrase: string): Promise<Keystore & { address: string }> {
	const [saltBytes, iv] = [randomBytes(32), randomBytes(16)];
	const kdfparams = { ...WRITTEN, salt: saltBytes.toString("hex") };
	const derived = await derivedKey({ kdf: "scrypt", kdfparams }, passphrase.normalize("NFKC"));
	const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
	const ciphertext = Buffer.concat([cipher.update(hexToBytes(key)), cipher.final()]);
	return {
		version: 3,
		id: randomUUID(),
		address: privateKeyToAccount(key).address.slice(2).toLowerCase(),
		crypto: {
			cipher: "aes-128-ctr",
			cipherparams: { iv: iv.toString("hex") },
			ciphertext: ciphertext.toString("hex"),
			kdf: "scrypt",
			kdfparams,
			mac: macOf(derived, ciphertext).slice(2),
		},
	};
}

/** The key, or undefined when the passphrase is not the one. */
export async function openKey({ crypto }: Keystore, passphrase: string): Promise<Hex | undefined> {
	// Wallets differ in whether they normalise what was typed; for plain letters both are the same.
	for (const candidate of new Set([passphrase.normalize("NFKC"), passphrase])) {
		const derived = await derivedKey(crypto, candidate);
		const ciphertext = Buffer.from(crypto.ciphertext, "hex");
		if (macOf(derived, ciphertext) !== `0x${crypto.mac.toLowerCase()}`) continue;
		const iv = Buffer.from(crypto.cipherparams.iv, "hex");
		const cipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
		return bytesToHex(Buffer.concat([cipher.update(ciphertext), cipher.final()]));
	}
	return undefined;
}

/** The account the file says it holds; only opening it proves that. */
export function addressIn({ address }: Keystore): Address | undefined {
	return address === undefined ? undefined : `0x${address.replace(/^0x/, "").toLowerCase()}`;
}

type Derivation = Pick<Extract<Keystore["crypto"], { kdf: "scrypt" }>, "kdf" | "kdfparams"> | Keystore["crypto"];

function derivedKey({ kdf, kdfparams }: Derivation, passphrase: string): Promise<Uint8Array> {
	const saltBytes = Buffer.from(kdfparams.salt, "hex");
	if (kdf === "pbkdf2") return derivePbkdf2(passphrase, saltBytes, kdfparams.c, 32, "sha256");
	const { n, r, p } = kdfparams;
	// Wallets of the first years chose costs that RFC 7914 forbids and OpenSSL refuses.
	if (Math.log2(n) >= 16 * r) return scryptAsync(passphrase, saltBytes, { N: n, r, p, dkLen: 32 });
	return derive(passphrase, saltBytes, 32, { N: n, r, p, maxmem: 128 * r * (n + p + 2) });
}

/** Over the half of the derived key that encrypts nothing. */
function macOf(derived: Uint8Array, ciphertext: Uint8Array): Hex {
	return keccak256(concat([derived.subarray(16, 32), ciphertext]));
}
