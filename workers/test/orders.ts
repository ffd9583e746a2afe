import type { MarketClient, Order, Result } from "depin";
import { getParams } from "depin/actions";
import { type Hex, keccak256, stringToHex, zeroHash } from "viem";
import { draftOrder } from "../../sdk/src/chain/draft.ts";

export const PRICE = 500_000n;

type Choices = Partial<Parameters<typeof draftOrder>[0]["choices"]>;

/** An order of the client's account, ready to post. */
export async function draft(client: MarketClient, choices: Choices = {}, lots = 1): Promise<Order> {
	const { timestamp } = await client.getBlock();
	const consumer = client.account?.address;
	if (!consumer) throw new Error("the client of a consumer has an account");
	return draftOrder({
		consumer,
		choices: { class: 1, maxPrice: PRICE, challengeFor: 60, ...choices },
		work: { taskRoot: keccak256("0x01"), manifest: keccak256("0x02"), lots, tasksPerLot: 1, timeout: 60 },
		params: await getParams(client),
		now: Number(timestamp),
	});
}

/** A result that the Market takes now. */
export async function resultNow(client: MarketClient, over: Partial<Result> = {}): Promise<Result> {
	const now = Number((await client.getBlock()).timestamp);
	const digest = (text: string): Hex => keccak256(stringToHex(text));
	return {
		resultRoot: digest("root"),
		outputsDigest: digest("outputs"),
		statementHash: digest("statement"),
		evidenceHash: zeroHash,
		shadowCommit: zeroHash,
		status: 0,
		exitCode: 0,
		startedAt: now,
		finishedAt: now,
		billed: 0,
		...over,
	};
}
