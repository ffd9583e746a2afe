import { appealDispute } from "../../actions/appealDispute.ts";
import { appraiseChallenge } from "../../actions/appraiseChallenge.ts";
import { missingFunds } from "../../actions/funding.ts";
import { getOrderStory } from "../../actions/getOrderStory.ts";
import { getReceipt } from "../../actions/getReceipt.ts";
import { formatJobRef } from "../../chain/jobRef.ts";
import type { CommandModule } from "../commandModule.ts";
import { findDisputes, theDispute } from "../disputes.ts";
import { openSession } from "../session.ts";
import { transact } from "../transact.ts";

type Options = { dispute?: string };

export const appeal: CommandModule<Options> = {
	usage: "appeal <job>",
	summary: "have seven other jurors decide a dispute again, for good; the bond comes back if they decide otherwise",
	examples: ["depin dispute appeal 0x5c…e1/0", "depin dispute appeal 0x5c…e1/0 --dispute 0x9a…"],
	options: [["--dispute <id>", "which, if the job has several"]],
	writes: true,
	run: async (context, [text = ""], options) => {
		const session = await openSession(context);
		const { client, amount } = session;
		const { ref, disputes } = await findDisputes(client, text);
		const { order } = await getOrderStory(client, ref);
		const { dispute } = theDispute(disputes, options.dispute, ref);
		const { receipt } = await getReceipt(client, ref);
		const { appealBond } = await appraiseChallenge(client, { order });
		await missingFunds(client, { account: session.signer(), needed: appealBond });
		const done = await transact(context, session, {
			does: `appeal dispute ${dispute} with a bond of ${amount(appealBond)}`,
			send: (writing) => appealDispute(client, { order, receipt, dispute, ...writing }),
		});
		if (!done) return;
		context.out.answer({ dispute, bond: appealBond, tx: done.hash }, [
			`appealed: seven jurors are drawn, and their verdict is final`,
			`follow it with: depin dispute show ${formatJobRef(ref)}`,
		]);
	},
};
