import { requestUnstake } from "../../../actions/requestUnstake.ts";
import type { CommandModule } from "../../commandModule.ts";
import { openSession } from "../../session.ts";
import { transact } from "../../transact.ts";
import { formatTime } from "../../words.ts";
import { addressOf } from "../balance.ts";

export const unstake: CommandModule = {
	usage: "unstake <node> <amount>",
	summary: "start to take stake out; it stays slashable until `depin provider withdraw --stake` takes it",
	examples: ["depin provider unstake 0x90F79bf6EB2c4f870365E785982E1f101E93b906 50"],
	writes: true,
	run: async (context, [nodeText = "", amountText = ""]) => {
		const session = await openSession(context);
		const node = addressOf(nodeText);
		const amount = session.parse(amountText);
		const written = await transact(context, session, {
			does: `start to unbond ${session.amount(amount)} of the stake of ${node}`,
			send: (options) => requestUnstake(session.client, { ...options, node, amount }),
		});
		if (!written) return;
		const asked = written.events.find(({ eventName }) => eventName === "UnstakeRequested");
		const unbondAt = asked?.eventName === "UnstakeRequested" ? asked.args.unbondAt : 0;
		const unbonding = asked?.eventName === "UnstakeRequested" ? asked.args.amount : amount;
		context.out.answer({ node, unbonding, unbondAt, tx: written.hash }, [
			`${session.amount(unbonding)} of ${node} can be withdrawn from ${formatTime(unbondAt)} on`,
		]);
	},
};
