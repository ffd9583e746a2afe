import { getAddress, type Hex } from "viem";
import { getAccount } from "../../actions/getAccount.ts";
import { withdraw as withdrawFree } from "../../actions/withdraw.ts";
import type { CommandModule } from "../commandModule.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { openSession, type Session } from "../session.ts";
import { transact } from "../transact.ts";
import { addressOf } from "./balance.ts";

type Options = { to?: string };

export const withdraw: CommandModule<Options> = {
	usage: "withdraw [amount]",
	summary: "take your free balance on the Market out to the wallet; all of it unless an amount is given",
	examples: ["depin withdraw", "depin withdraw 25.00 --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
	options: [["--to <address>", "another wallet than the account's own"]],
	writes: true,
	run: async (context, [text], { to }) =>
		takeOut(context, await openSession(context), { text, to, stakeTx: undefined }),
};

/** Takes free balance out of the Market: `text` of it, or all. */
export async function takeOut(
	context: Context,
	session: Session,
	{ text, to, stakeTx }: { text: string | undefined; to: string | undefined; stakeTx: Hex | undefined },
): Promise<void> {
	const account = session.signer();
	const receiver = to === undefined ? account : addressOf(to);
	const { free } = await getAccount(session.client, { account });
	const amount = text === undefined ? free : session.parse(text);
	if (amount === 0n)
		throw new UsageError("nothing is free to withdraw", { hint: "`depin balance` shows where it is." });
	const written = await transact(context, session, {
		does: `take ${session.amount(amount)} out of the Market to ${receiver}`,
		send: (options) => withdrawFree(session.client, { ...options, to: receiver, amount }),
	});
	if (!written) return;
	const answer = { account, to: getAddress(receiver), amount, tx: written.hash, stakeTx: stakeTx ?? null };
	context.out.answer(answer, [`${session.amount(amount)} went to ${receiver}`]);
}
