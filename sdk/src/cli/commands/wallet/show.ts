import { resolve } from "node:path";
import type { CommandModule } from "../../commandModule.ts";
import { UsageError } from "../../errors.ts";
import { table } from "../../output.ts";
import { findProfile } from "../../profile.ts";
import { claimedAddress, unlock } from "../../wallet/keystoreAccount.ts";
import { isExposed, readKeystore } from "../../wallet/keystoreFile.ts";

type Options = { unlock?: boolean };

export const show: CommandModule<Options> = {
	usage: "show [file]",
	summary: "whose a wallet file is and how it is sealed (default: the profile's); never shows the key",
	examples: ["depin wallet show", "depin wallet show me.json --unlock --json"],
	options: [["--unlock", "also try the passphrase, as signing would"]],
	run: async (context, [file], options) => {
		const path = file === undefined ? profileWallet(context) : resolve(context.cwd, file);
		const keystore = readKeystore(path);
		const { kdf } = keystore.crypto;
		// A file that names no account is told apart only by its key.
		const address =
			options.unlock === true ? (await unlock(keystore, path, context)).address : claimedAddress(keystore, path);
		const exposed = isExposed(path);
		if (exposed) context.out.warn(`others may read ${path} and try passphrases on it; run: chmod 600 ${path}`);
		const unlocked = options.unlock === true ? "the passphrase opens it" : "not tried; --unlock does";
		context.out.answer({ address, path, kdf, exposed, unlocked: options.unlock === true }, [
			...table([
				["address", address],
				["file", path],
				["sealed by", kdf],
				["passphrase", unlocked],
			]),
		]);
	},
};

function profileWallet({ options: { profile: wanted }, cwd, env }: Parameters<(typeof show)["run"]>[0]): string {
	const profile = findProfile({ wanted, cwd, env });
	if (profile.keystore !== undefined) return profile.keystore;
	throw new UsageError(`the profile ${profile.path} names no wallet file`, {
		hint: 'Name a file, or put "keystore": "<file>" into the profile instead of "key".',
	});
}
