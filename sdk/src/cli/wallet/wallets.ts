// What `wallet create` and `wallet import` have alike: where the file goes, and what to do with it.
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { getAddress, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Context } from "../context.ts";
import { refuseTaken } from "./keystoreFile.ts";

/** The file a person named, else one in their own folder, named by its address. Must be free, before anything is asked. */
export function walletPath({ cwd, env }: Pick<Context, "cwd" | "env">, file: string | undefined, key: Hex): string {
	const folder = join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "depin/wallets");
	const path = file === undefined ? join(folder, `${privateKeyToAccount(key).address}.json`) : resolve(cwd, file);
	refuseTaken(path);
	return path;
}

export function tellWritten({ out }: Context, path: string, { address }: { address: string }): void {
	const account = getAddress(`0x${address}`);
	out.answer({ address: account, path }, [account]);
	out.progress(`written to ${path}, for you alone to read`);
	out.progress(`to sign with it, put this into your profile instead of "key":  "keystore": ${JSON.stringify(path)}`);
	out.progress("keep a copy of the file and its passphrase apart from each other: without both the money is gone");
}
