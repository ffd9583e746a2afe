import { type Address, type Hex, isAddressEqual, type LocalAccount, toHex, zeroHash } from "viem";
import { panelArbiterAbi } from "../src/abi/panelArbiter.ts";
import { getOrder } from "../src/actions/getOrder.ts";
import { getPanel } from "../src/actions/getPanel.ts";
import { getReceipt } from "../src/actions/getReceipt.ts";
import { type Verdict, verdictCode, voteCommitment } from "../src/chain/disputes.ts";
import type { JobRef } from "../src/chain/jobRef.ts";
import { packTerms } from "../src/chain/terms.ts";
import type { LocalMarket } from "./localMarket.ts";

export type Ballot = { verdict: Verdict; digest?: Hex };

/** The jurors of a dispute, who vote what a test says; nobody runs anything. */
export function scriptedPanel(
	market: LocalMarket,
	nodes: readonly LocalAccount[],
	at: { dispute: Hex; arbiter: Address },
) {
	const round = async () => (await getPanel(market.client(nodes[0] ?? fail("a panel has nodes")), at)).round;
	const salt = toHex(7, { size: 32 });

	async function send(account: LocalAccount, call: Call): Promise<void> {
		const client = market.client(account);
		const sending = { address: at.arbiter, abi: panelArbiterAbi, account, chain: null, gas: 3_000_000n } as const;
		const hash = await client.writeContract({ ...sending, ...call } as Parameters<typeof client.writeContract>[0]);
		const { status } = await client.waitForTransactionReceipt({ hash });
		if (status !== "success") throw new Error(`${call.functionName} was refused`);
	}

	/** Draws the jurors, once there is randomness to draw from. */
	async function draw(): Promise<LocalAccount[]> {
		await market.passTime(3);
		const [anybody] = nodes;
		if (!anybody) throw new Error("nobody is there to draw");
		await send(anybody, { functionName: "draw", args: [at.dispute, "0x"] });
		const { seats } = await getPanel(market.client(anybody), at);
		return seats.map(({ node }) => {
			const found = nodes.find(({ address }) => isAddressEqual(address, node));
			return found ?? fail(`nobody holds the key of ${node}`);
		});
	}

	async function seal(juror: LocalAccount, { verdict, digest = zeroHash }: Ballot): Promise<void> {
		const vote = { verdict, digest };
		const named = { dispute: at.dispute, round: await round(), node: juror.address, vote, salt };
		await send(juror, { functionName: "vote", args: [at.dispute, voteCommitment(named)] });
	}

	async function open(juror: LocalAccount, { verdict, digest = zeroHash }: Ballot): Promise<void> {
		await send(juror, { functionName: "reveal", args: [at.dispute, verdictCode(verdict), digest, salt] });
	}

	/** Draws, and has each juror in turn seal and open a ballot; who has none stays silent. */
	async function decide(ballots: readonly (Ballot | undefined)[]): Promise<void> {
		const jurors = await draw();
		const voting = jurors.flatMap((juror, n) => (ballots[n] ? [{ juror, ballot: ballots[n] }] : []));
		for (const { juror, ballot } of voting) await seal(juror, ballot);
		if (voting.length < jurors.length) await passTo("revealFrom");
		for (const { juror, ballot } of voting) await open(juror, ballot);
		if (voting.length === 0) await passTo("endedAt");
	}

	async function passTo(moment: "revealFrom" | "endedAt" | "dataBy"): Promise<void> {
		const client = market.client(nodes[0] ?? fail("a panel has nodes"));
		const [panel, { timestamp }] = [await getPanel(client, at), await client.getBlock()];
		await market.passTime(Math.max(1, panel[moment] - Number(timestamp)));
	}

	/** Tells the Market the verdict, when appeals are over. */
	async function conclude({ orderId, job }: JobRef): Promise<void> {
		const [anybody] = nodes;
		if (!anybody) throw new Error("nobody is there to conclude");
		await market.passTime(10_000);
		const client = market.client(anybody);
		const [{ order }, { receipt }] = [await getOrder(client, { orderId }), await getReceipt(client, { orderId, job })];
		await send(anybody, { functionName: "conclude", args: [packTerms(order), receipt, at.dispute] });
	}

	return { dispute: at.dispute, draw, seal, open, passTo, decide, conclude };
}

type Call = { functionName: "draw" | "vote" | "reveal" | "conclude"; args: readonly unknown[] };

function fail(message: string): never {
	throw new Error(message);
}
