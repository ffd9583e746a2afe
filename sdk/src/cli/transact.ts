import type { Hash } from "viem";
import type { WriteOptions, WriteReturnType } from "../actions/write.ts";
import { confirm } from "./confirm.ts";
import type { Context } from "./context.ts";
import { InterruptedError } from "./errors.ts";
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
	return whileSent(context, (onSent) => {
		return send({
			onSent: (hash) => {
				context.out.progress(`sent ${hash}`);
				onSent(hash);
			},
		});
	});
}

/**
 * Waits for a transaction; when the person leaves while it is under way, says what that means: nobody can take it back.
 * @throws {InterruptedError}
 */
export async function whileSent<T>(
	{ signal }: Pick<Context, "signal">,
	work: (onSent: (hash: Hash) => void) => Promise<T>,
): Promise<T> {
	const left = Promise.withResolvers<never>();
	let sent: Hash | undefined;
	const leave = () => {
		if (sent === undefined) return;
		left.reject(
			new InterruptedError(
				`Transaction ${sent} was sent and will most likely be mined: what it does happens, once. \`depin ps\` and \`depin balance\` show it; do not send it again before you looked.`,
			),
		);
	};
	signal.addEventListener("abort", leave, { once: true });
	try {
		return await Promise.race([
			work((hash) => {
				sent = hash;
				if (signal.aborted) leave();
			}),
			left.promise,
		]);
	} finally {
		signal.removeEventListener("abort", leave);
	}
}
