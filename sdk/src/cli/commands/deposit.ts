import { depositWithPermit } from "../../actions/depositWithPermit.ts";
import { missingFunds } from "../../actions/funding.ts";
import { getAccount } from "../../actions/getAccount.ts";
import type { CommandModule } from "../commandModule.ts";
import { UsageError } from "../errors.ts";
import { openSession } from "../session.ts";
import { transact } from "../transact.ts";

export const deposit: CommandModule = {
	usage: "deposit <amount>",
	summary: "put money from your wallet on the Market; `depin run` does it by itself when the balance is short",
	examples: ["depin deposit 25", "depin deposit 25.00 --dry-run"],
	writes: true,
	run: async (context, [text = ""]) => {
		const session = await openSession(context);
		const { client } = session;
		const account = session.signer();
		const amount = session.parse(text);
		if (amount === 0n) throw new UsageError("nothing to deposit: the amount is 0");
		const { free } = await getAccount(client, { account });
		await missingFunds(client, { account, needed: free + amount });
		const written = await transact(context, session, {
			does: `put ${session.amount(amount)} on the Market`,
			send: (options) => depositWithPermit(client, { ...options, amount }),
		});
		if (!written) return;
		context.out.answer({ account, amount, free: free + amount, tx: written.hash }, [
			`${session.amount(amount)} deposited; take it out again with: depin withdraw`,
		]);
	},
};
