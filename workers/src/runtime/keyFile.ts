import { open, readFile, stat } from "node:fs/promises";
import type { PrivateKeyAccount } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { besideConfig, type KeyConfig } from "./config.ts";
import { OperatorError } from "./errors.ts";

/**
 * The worker's hot key, from a 0600 file or from a named variable.
 * @throws {OperatorError} when it is absent, malformed, or readable by others
 */
export async function loadKey(config: KeyConfig, configFile: string): Promise<PrivateKeyAccount> {
	if ("env" in config) return toAccount(process.env[config.env], `the variable ${config.env}`);
	const file = besideConfig(configFile, config.file);
	const { mode } = await stat(file).catch((cause: NodeJS.ErrnoException) => {
		throw new OperatorError("key-missing", `no key at ${file} (${cause.code}); make one with depin-worker init`, {
			cause,
		});
	});
	if (mode & 0o077) throw new OperatorError("key-exposed", `${file} is readable by others; run chmod 600 ${file}`);
	return toAccount(await readFile(file, "utf8"), file);
}

function toAccount(text: string | undefined, where: string): PrivateKeyAccount {
	const key = text?.trim();
	if (!key || !/^0x[0-9a-fA-F]{64}$/.test(key))
		throw new OperatorError("key-malformed", `${where} does not hold a key: 0x and 64 hex digits`);
	return privateKeyToAccount(key as `0x${string}`);
}

/**
 * Makes a key and writes it where only this user can read it.
 * @throws {OperatorError} when the file exists: a key that holds stake is never overwritten
 */
export async function createKeyFile(file: string): Promise<PrivateKeyAccount> {
	const key = generatePrivateKey();
	const handle = await open(file, "wx", 0o600).catch((cause: NodeJS.ErrnoException) => {
		if (cause.code !== "EEXIST") throw cause;
		throw new OperatorError(
			"key-exists",
			`${file} exists already and is kept; remove it yourself, or choose another --out`,
		);
	});
	await handle.writeFile(`${key}\n`);
	await handle.sync();
	await handle.close();
	return privateKeyToAccount(key);
}
