import { type Address, getAddress } from "viem";
import { getAccount } from "../../../actions/getAccount.ts";
import { withdraw as withdrawFree } from "../../../actions/withdraw.ts";
import { withdrawStake } from "../../../actions/withdrawStake.ts";
import type { CommandModule } from "../../commandModule.ts";
import type { Context } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { openSession, type Session } from "../../session.ts";
import { transact } from "../../transact.ts";
import { addressOf } from "../balance.ts";

type Options = { stake?: string; to?: string };

export const withdraw: CommandModule<Options> = {
	usage: "withdraw [amount]",
	summary: "take your free balance on the Market out to the wallet; all of it unless an amount is given",
	examples: [
		"depin provider withdraw",
		"depin provider withdraw 25.00 --to 0x7099…79C8",
		"depin provider withdraw --stake 0x90F7…b906",
	],
	options: [
		["--stake <node>", "first move this node's unbonded stake into the free balance"],
		["--to <address>", "another wallet than the account's own"],
	],
	writes: true,
	run: async (context, [text], { stake, to }) => {
		const session = await openSession(context);
		const account = session.signer();
		const receiver = to === undefined ? account : addressOf(to);
		const released = stake === undefined ? undefined : await release(context, session, addressOf(stake));
		if (context.options.dryRun && stake !== undefined) return;
		const { free } = await getAccount(session.client, { account });
		const amount = text === undefined ? free : session.parse(text);
		if (amount === 0n)
			throw new UsageError("nothing is free to withdraw", { hint: "`depin balance` shows where it is." });
		const written = await transact(context, session, {
			does: `take ${session.amount(amount)} out of the Market to ${receiver}`,
			send: (options) => withdrawFree(session.client, { ...options, to: receiver, amount }),
		});
		if (!written) return;
		const answer = { account, to: getAddress(receiver), amount, tx: written.hash, stakeTx: released ?? null };
		context.out.answer(answer, [`${session.amount(amount)} went to ${receiver}`]);
	},
};

async function release(context: Context, session: Session, node: Address) {
	const written = await transact(context, session, {
		does: `release the unbonded stake of ${node}`,
		send: (options) => withdrawStake(session.client, { ...options, node }),
	});
	return written?.hash;
}
