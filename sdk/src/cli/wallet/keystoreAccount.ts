import { type Address, getAddress, isAddressEqual, type LocalAccount } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount, toAccount } from "viem/accounts";
import type { Context } from "../context.ts";
import { KeystoreInvalidError, PassphraseWrongError } from "./errors.ts";
import { addressIn, type Keystore, openKey } from "./keystore.ts";
import { isExposed, readKeystore } from "./keystoreFile.ts";
import { type Asking, passphraseFor } from "./passphrase.ts";

/** Names its address at once, and asks for the passphrase when the first thing must be signed. */
export function keystoreAccount(path: string, asking: Asking & Pick<Context, "out">): LocalAccount {
	const keystore = readKeystore(path);
	const address = claimedAddress(keystore, path);
	if (isExposed(path)) asking.out.warn(`others may read ${path} and try passphrases on it; run: chmod 600 ${path}`);
	let opening: Promise<PrivateKeyAccount> | undefined;
	const opened = () => {
		opening ??= unlock(keystore, path, asking);
		return opening;
	};
	return toAccount({
		address,
		sign: async (parameters) => (await opened()).sign(parameters),
		signMessage: async (parameters) => (await opened()).signMessage(parameters),
		signTransaction: async (...parameters) => (await opened()).signTransaction(...parameters),
		signTypedData: async (parameters) => (await opened()).signTypedData(parameters),
	}) as LocalAccount;
}

/**
 * Opens a wallet file with the person's passphrase.
 * @throws {PassphraseWrongError} when it is not the one; {KeystoreInvalidError} when the key is of another account
 */
export async function unlock(keystore: Keystore, path: string, asking: Asking): Promise<PrivateKeyAccount> {
	const key = await openKey(keystore, await passphraseFor(asking, path));
	if (key === undefined) throw new PassphraseWrongError(path);
	const account = privateKeyToAccount(key);
	const claimed = addressIn(keystore);
	if (claimed !== undefined && !isAddressEqual(claimed, account.address))
		throw new KeystoreInvalidError(path, [`address: it says ${claimed}, its key is of ${account.address}`]);
	return account;
}

/** @throws {KeystoreInvalidError} when the file names none: then only its passphrase would tell whose it is. */
export function claimedAddress(keystore: Keystore, path: string): Address {
	const address = addressIn(keystore);
	if (address !== undefined) return getAddress(address);
	throw new KeystoreInvalidError(path, [
		`address: is missing; \`depin wallet import ${path}\` writes a file that has it`,
	]);
}
