import type { Address } from "viem";
import { withdrawStake } from "../../../actions/withdrawStake.ts";
import type { CommandModule } from "../../commandModule.ts";
import type { Context } from "../../context.ts";
import { openSession, type Session } from "../../session.ts";
import { transact } from "../../transact.ts";
import { addressOf } from "../balance.ts";
import { takeOut } from "../withdraw.ts";

type Options = { stake?: string; to?: string };

export const withdraw: CommandModule<Options> = {
	usage: "withdraw [amount]",
	summary: "take earnings, and with --stake a node's unbonded stake, out to the wallet",
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
		if (to !== undefined) addressOf(to); // before anything is signed
		const stakeTx = stake === undefined ? undefined : await release(context, session, addressOf(stake));
		if (context.options.dryRun && stake !== undefined) return;
		await takeOut(context, session, { text, to, stakeTx });
	},
};

async function release(context: Context, session: Session, node: Address) {
	const written = await transact(context, session, {
		does: `release the unbonded stake of ${node}`,
		send: (options) => withdrawStake(session.client, { ...options, node }),
	});
	return written?.hash;
}
