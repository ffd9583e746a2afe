import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { PassphraseMissingError } from "./errors.ts";
import { readSmallFile } from "./keystoreFile.ts";

export type Asking = Pick<Context, "env" | "cwd" | "askSecret">;

const LEAST_LETTERS = 8;

/** The passphrase of a wallet file: from the environment, from a file, from the person; never from the command line. */
export async function passphraseFor(asking: Asking, path: string): Promise<string> {
	const given = fromEnvironment(asking);
	if (given !== undefined) return given;
	if (!asking.askSecret) throw new PassphraseMissingError(path);
	return asking.askSecret(`Passphrase of ${path}: `);
}

/** A passphrase for a new file; a person types it twice. */
export async function newPassphrase(asking: Asking, path: string): Promise<string> {
	const passphrase = await passphraseFor(asking, path);
	if ([...passphrase].length < LEAST_LETTERS)
		throw new UsageError(`the passphrase has fewer than ${LEAST_LETTERS} letters; nothing was written`, {
			hint: "Several random words are easy to keep and hard to guess.",
		});
	if (fromEnvironment(asking) === undefined && (await asking.askSecret?.("The same again: ")) !== passphrase)
		throw new UsageError("the two passphrases differ; nothing was written");
	return passphrase;
}

function fromEnvironment({ env, cwd }: Asking): string | undefined {
	if (env.DEPIN_PASSPHRASE) return env.DEPIN_PASSPHRASE;
	if (!env.DEPIN_PASSPHRASE_FILE) return undefined;
	const path = resolve(cwd, env.DEPIN_PASSPHRASE_FILE);
	const text = readSmallFile(path);
	const stat = statSync(path);
	// A pipe (`/dev/fd/3`) has no mode that would say who can read it.
	if (stat.isFile() && stat.mode & 0o077)
		throw new UsageError(`${path} holds a passphrase and others may read it`, { hint: `Run: chmod 600 ${path}` });
	return text.replace(/\r?\n$/, "");
}
