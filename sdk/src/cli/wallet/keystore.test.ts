// Web3 Secret Storage: the published vectors, an independent implementation both ways, and files made to harm.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decryptKeystoreJson, encryptKeystoreJson } from "ethers";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { keystoreSchema, openKey, sealKey } from "./keystore.ts";
import { parseKeystore } from "./keystoreFile.ts";

const KEY: Hex = "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
const CHEAP = { N: 1024, r: 8, p: 1 };

/** The two vectors of the published definition. */
const vectors = {
	pbkdf2: {
		crypto: {
			cipher: "aes-128-ctr",
			cipherparams: { iv: "6087dab2f9fdbbfaddc31a909735c1e6" },
			ciphertext: "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
			kdf: "pbkdf2",
			kdfparams: {
				c: 262144,
				dklen: 32,
				prf: "hmac-sha256",
				salt: "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
			},
			mac: "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
		},
		id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
		version: 3,
	},
	scrypt: {
		crypto: {
			cipher: "aes-128-ctr",
			cipherparams: { iv: "83dbcc02d8ccb40e466191a123791e0e" },
			ciphertext: "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
			kdf: "scrypt",
			kdfparams: {
				dklen: 32,
				n: 262144,
				p: 8,
				r: 1,
				salt: "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
			},
			mac: "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
		},
		id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
		version: 3,
	},
};

test("default: both published vectors open, and only with their passphrase", async () => {
	for (const vector of Object.values(vectors)) {
		const keystore = keystoreSchema.parse(vector);
		assert.equal(await openKey(keystore, "testpassword"), KEY);
		assert.equal(await openKey(keystore, "testpasswore"), undefined);
	}
});

test("behavior: what we write another implementation opens, and the other way round", async () => {
	for (const passphrase of ["correct horse battery", "pässwörd ﬁve 雪"]) {
		const opened = await decryptKeystoreJson(JSON.stringify(await sealKey(KEY, passphrase)), passphrase);
		assert.equal(opened.privateKey, KEY);
		const { address } = privateKeyToAccount(KEY);
		const theirs = await encryptKeystoreJson({ address, privateKey: KEY }, passphrase, { scrypt: CHEAP });
		assert.equal(await openKey(parseKeystore(theirs, "theirs"), passphrase), KEY);
	}
});

test("behavior: the same key sealed twice shares nothing", async () => {
	const [one, other] = await Promise.all([sealKey(KEY, "correct horse"), sealKey(KEY, "correct horse")]);
	assert.notEqual(one.crypto.ciphertext, other.crypto.ciphertext);
	assert.notEqual(one.crypto.kdfparams.salt, other.crypto.kdfparams.salt);
	assert.deepEqual(one.crypto.kdfparams, { ...one.crypto.kdfparams, n: 262_144, r: 8, p: 1, dklen: 32 });
});

test("behavior: a file that is damaged or asks for too much is refused before any work, by field", () => {
	const with_ = (changes: object) => ({ ...vectors.scrypt, crypto: { ...vectors.scrypt.crypto, ...changes } });
	const params = (changes: object) => with_({ kdfparams: { ...vectors.scrypt.crypto.kdfparams, ...changes } });
	const rounds = (c: number) => ({
		...vectors.pbkdf2,
		crypto: { ...vectors.pbkdf2.crypto, kdfparams: { ...vectors.pbkdf2.crypto.kdfparams, c } },
	});
	const cases: [unknown, RegExp][] = [
		[params({ n: 2 ** 30 }), /crypto\.kdfparams: asks for more memory or work/],
		[params({ r: 2 ** 20 }), /asks for more memory or work/],
		[params({ p: 2 ** 20 }), /asks for more memory or work/],
		[params({ n: 262_143 }), /crypto\.kdfparams\.n: expected a power of two/],
		[params({ n: 0 }), /crypto\.kdfparams\.n/],
		[params({ n: 1e308 }), /crypto\.kdfparams\.n/],
		[params({ dklen: 16 }), /crypto\.kdfparams\.dklen/],
		[params({ salt: "" }), /crypto\.kdfparams\.salt/],
		[params({ salt: "zz".repeat(32) }), /crypto\.kdfparams\.salt/],
		[rounds(2 ** 40), /crypto\.kdfparams\.c: asks for more work/],
		[with_({ kdf: "argon2" }), /crypto\.kdf/],
		[with_({ cipher: "aes-256-gcm" }), /crypto\.cipher/],
		[with_({ cipherparams: { iv: "00" } }), /crypto\.cipherparams\.iv: expected 16 bytes/],
		[with_({ ciphertext: "00".repeat(4096) }), /crypto\.ciphertext: expected 32 bytes/],
		[with_({ mac: undefined }), /crypto\.mac/],
		[{ ...vectors.scrypt, version: 1 }, /version/],
		[{ ...vectors.scrypt, address: "0x12" }, /address: expected an address/],
		[{}, /version/],
		[[], /it: /],
	];
	for (const [content, says] of cases) {
		assert.throws(() => parseKeystore(JSON.stringify(content), "w.json"), {
			code: "keystore-invalid",
			message: says,
		});
	}
	assert.throws(() => parseKeystore('{"version":3', "w.json"), /w\.json cannot be used: it is not JSON/);
});
