import { type Address, getAddress, isAddress } from "viem";
import { getAccount } from "../../actions/getAccount.ts";
import { getNode } from "../../actions/getNode.ts";
import { listNodes } from "../../actions/listNodes.ts";
import { listOrders } from "../../actions/listOrders.ts";
import { readMarket } from "../../actions/read.ts";
import type { MarketClient } from "../../chain/client.ts";
import { packTerms } from "../../chain/terms.ts";
import type { CommandModule } from "../commandModule.ts";
import { UsageError } from "../errors.ts";
import { table } from "../output.ts";
import { openSession } from "../session.ts";

export const balance: CommandModule = {
	usage: "balance [account]",
	summary: "where an account's money is: wallet, free on the Market, held by orders, at stake",
	examples: ["depin balance", "depin balance 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --json"],
	run: async (context, [text]) => {
		const session = await openSession(context);
		const { client, amount, asset } = session;
		const account = text === undefined ? session.signer() : addressOf(text);
		const [{ wallet, free }, escrow, { staked, unbonding }, gas] = await Promise.all([
			getAccount(client, { account }),
			escrowOf(client, account),
			stakeOf(client, account),
			client.getBalance({ address: account }),
		]);
		const unit = { address: asset.address, symbol: asset.symbol, decimals: asset.decimals };
		context.out.answer({ account, asset: unit, wallet, free, escrow, staked, unbonding, gas }, [
			`account ${account}`,
			...table([
				["wallet", amount(wallet), "outside the Market"],
				["free", amount(free), "on the Market: spend it, or take it out with `depin withdraw`"],
				["orders", amount(escrow), "held for your unfinished jobs; comes back when they end or are cancelled"],
				["stake", amount(staked), `of your nodes${unbonding > 0n ? `, ${amount(unbonding)} of it unbonding` : ""}`],
			]),
		]);
	},
};

export function addressOf(text: string): Address {
	if (!isAddress(text, { strict: false })) throw new UsageError(`"${text}" is not an address`);
	return getAddress(text);
}

async function escrowOf(client: MarketClient, consumer: Address): Promise<bigint> {
	const orders = await listOrders(client, { consumer });
	const views = await Promise.all(orders.map(({ order }) => readMarket(client, "orderOf", [packTerms(order)])));
	return views.reduce((sum, { escrow }) => sum + escrow, 0n);
}

async function stakeOf(client: MarketClient, owner: Address): Promise<{ staked: bigint; unbonding: bigint }> {
	const nodes = await Promise.all((await listNodes(client, { owner })).map((node) => getNode(client, { node })));
	return {
		staked: nodes.reduce((sum, { stake }) => sum + stake, 0n),
		unbonding: nodes.reduce((sum, { unbonding }) => sum + unbonding, 0n),
	};
}
