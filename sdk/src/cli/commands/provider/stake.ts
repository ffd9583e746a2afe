import { addStake } from "../../../actions/addStake.ts";
import type { CommandModule } from "../../commandModule.ts";
import { openSession } from "../../session.ts";
import { transact } from "../../transact.ts";
import { addressOf } from "../balance.ts";

export const stake: CommandModule = {
	usage: "stake <node> <amount>",
	summary: "add to a node's stake; brings a suspended node back once it has its class's minimum",
	examples: ["depin provider stake 0x90F79bf6EB2c4f870365E785982E1f101E93b906 50"],
	writes: true,
	run: async (context, [nodeText = "", amountText = ""]) => {
		const session = await openSession(context);
		const node = addressOf(nodeText);
		const amount = session.parse(amountText);
		const written = await transact(context, session, {
			does: `add ${session.amount(amount)} to the stake of ${node}`,
			send: (options) => addStake(session.client, { ...options, node, amount }),
		});
		if (!written) return;
		const changed = written.events.find(({ eventName }) => eventName === "StakeChanged");
		const total = changed?.eventName === "StakeChanged" ? changed.args.stake : amount;
		context.out.answer({ node, added: amount, stake: total, tx: written.hash }, [
			`${node} has ${session.amount(total)} at stake`,
		]);
	},
};
