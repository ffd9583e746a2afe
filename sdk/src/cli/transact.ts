import type { Hash } from "viem";
import type { WriteOptions, WriteReturnType } from "../actions/write.ts";
import { confirm } from "./confirm.ts";
import type { Context } from "./context.ts";
import type { Session } from "./session.ts";

export type Transaction = {
	/** What it does, as a sentence without a full stop: asked before, shown by `--dry-run`. */
	does: string;
	send: (options: WriteOptions) => Promise<WriteReturnType>;
};

/** Asks, sends, tells the hash; undefined after `--dry-run`. */
export async function transact(
	context: Context,
	session: Session,
	{ does, send }: Transaction,
): Promise<WriteReturnType | undefined> {
	const from = session.signer();
	if (context.options.dryRun) {
		context.out.answer({ dryRun: true, does, from }, [`would do, as ${from}: ${does}`]);
		return undefined;
	}
	await confirm(context, session.profile.chainId, `${does}?`);
	context.out.progress(does);
	const onSent = (hash: Hash) => context.out.progress(`sent ${hash}`);
	return send({ onSent });
}
