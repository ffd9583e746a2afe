import { generatePrivateKey } from "viem/accounts";
import type { CommandModule } from "../../commandModule.ts";
import { writeKeystore } from "../../wallet/keystoreFile.ts";
import { newPassphrase } from "../../wallet/passphrase.ts";
import { tellWritten, walletPath } from "../../wallet/wallets.ts";

export const create: CommandModule = {
	usage: "create [file]",
	summary: "a new account in an encrypted wallet file; nothing that is there is written over",
	examples: ["depin wallet create", "DEPIN_PASSPHRASE_FILE=./passphrase depin wallet create me.json --json"],
	run: async (context, [file]) => {
		const key = generatePrivateKey();
		const path = walletPath(context, file, key);
		const passphrase = await newPassphrase(context, path);
		tellWritten(context, path, await writeKeystore(path, key, passphrase));
	},
};
