import { resolve } from "node:path";
import { type Hex, isHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { CommandModule } from "../../commandModule.ts";
import type { Context } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { PassphraseWrongError } from "../../wallet/errors.ts";
import { openKey } from "../../wallet/keystore.ts";
import { parseKeystore, readSmallFile, writeKeystore } from "../../wallet/keystoreFile.ts";
import { newPassphrase, passphraseFor } from "../../wallet/passphrase.ts";
import { tellWritten, walletPath } from "../../wallet/wallets.ts";

/** `import` is a word of the language. */
export const importWallet: CommandModule = {
	usage: "import <source> [file]",
	summary: "put an account you have into a wallet file; the source is a wallet file, a file with a key, or - for stdin",
	examples: ["depin wallet import ~/keystore/UTC--2026-11-21--7099…79c8", "depin wallet import - me.json < key.txt"],
	run: async (context, [source = "", file]) => {
		refuseKey(source);
		const { text, from } = await read(context, source);
		const { key, passphrase } = isHex(text.startsWith("0x") ? text : `0x${text}`)
			? { key: keyIn(text, from), passphrase: undefined }
			: await reopened(context, text, from);
		const path = walletPath(context, file, key);
		tellWritten(context, path, await writeKeystore(path, key, passphrase ?? (await newPassphrase(context, path))));
	},
};

/** Arguments are seen by every program of the machine and kept in the shell's history. */
function refuseKey(source: string): void {
	if (!/^(0x)?[0-9a-fA-F]{64}$/.test(source)) return;
	throw new UsageError("a key must not stand on the command line: others can read it there, and now may have", {
		hint: "Pipe it in (`depin wallet import -`) or name a file that holds it; better, make a new account.",
	});
}

async function read({ cwd, stdin }: Context, source: string): Promise<{ text: string; from: string }> {
	if (source !== "-") {
		const from = resolve(cwd, source);
		return { text: readSmallFile(from).trim(), from };
	}
	if (stdin === undefined) throw new UsageError("stdin is a terminal: pipe the key in, or name a file");
	return { text: (await stdin()).trim(), from: "stdin" };
}

function keyIn(text: string, from: string): Hex {
	const key: Hex = `0x${text.replace(/^0x/, "")}`;
	try {
		privateKeyToAccount(key);
		return key;
	} catch {
		throw new UsageError(`${from} holds no private key: expected 0x and 64 hex digits, of a number the curve has`);
	}
}

/** A wallet file is sealed again, with our own costs, under the passphrase it has. */
async function reopened(context: Context, text: string, from: string): Promise<{ key: Hex; passphrase: string }> {
	const keystore = parseKeystore(text, from);
	const passphrase = await passphraseFor(context, from);
	const key = await openKey(keystore, passphrase);
	if (key === undefined) throw new PassphraseWrongError(from);
	return { key, passphrase };
}
