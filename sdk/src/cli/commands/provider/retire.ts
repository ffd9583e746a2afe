import { retire as retireNode } from "../../../actions/retire.ts";
import type { CommandModule } from "../../commandModule.ts";
import { openSession } from "../../session.ts";
import { transact } from "../../transact.ts";
import { addressOf } from "../balance.ts";

export const retire: CommandModule = {
	usage: "retire <node>",
	summary: "take a node out of service for good; its jobs at hand go on, its stake can be unbonded",
	examples: ["depin provider retire 0x90F79bf6EB2c4f870365E785982E1f101E93b906"],
	writes: true,
	run: async (context, [text = ""]) => {
		const session = await openSession(context);
		const node = addressOf(text);
		const written = await transact(context, session, {
			does: `retire node ${node} for good`,
			send: (options) => retireNode(session.client, { ...options, node }),
		});
		if (!written) return;
		context.out.answer({ node, tx: written.hash }, [
			`${node} is retired; get its stake with \`depin provider unstake\`, later \`depin provider withdraw --stake\``,
		]);
	},
};
