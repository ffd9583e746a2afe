import assert from "node:assert/strict";
import { panelArbiterAbi } from "depin/abi";
import { appealDispute, getReceipt } from "depin/actions";
import { type Address, zeroHash } from "viem";
import { openBook } from "../ledger.ts";
import type { Network } from "../network.ts";
import {
	bribedVote,
	type Challenge,
	challenge,
	consumerOf,
	drawnJurors,
	FEE,
	MARKET_FEE,
	order,
	ownersOf,
	PRICE,
	reclaimed,
	reportedBy,
	resolved,
	SLICE,
	STAKE,
	type Story,
	unappealed,
	verdictOf,
	voted,
	WRONG,
	waitForVotes,
} from "../story.ts";

/** A doctored result, challenged, and its jurors. */
async function doubted(network: Network) {
	const [liar, challenger] = [await network.stranger(), await network.challenger()];
	const close = await openBook(network);
	const job = await reportedBy(network, liar, { files: WRONG });
	const at = await challenge(network, job, challenger);
	const jurors = await drawnJurors(network, at);
	const names = {
		node: liar.owner.address,
		consumer: consumerOf(network),
		challenger: challenger.address,
	};
	return { challenger, job, at, jurors, names, close };
}

/** Of a node's whole stake, after reward and compensation. */
const leftOf = (jurors: bigint) => STAKE - (STAKE * 3n) / 10n - PRICE - jurors;
const convicted = { node: -STAKE, consumer: PRICE, challenger: (STAKE * 3n) / 10n };

const silent: Story = {
	name: "behavior: a juror that is silent loses a slice, and the others decide",
	async play(network) {
		const { job, at, jurors, names, close } = await doubted(network);
		const [mute = "0x", ...others] = jurors;
		await network.member(mute).stop();
		await waitForVotes(network, at, "committed", 2);
		await network.pass(job.order.maxRun + 62); // the time to commit
		await waitForVotes(network, at, "revealed", 2);
		const verdict = await unappealed(network, job, at);
		const [one] = ownersOf(network, [mute]);
		const moved = await close({ ...names, "silent juror": one ?? "0x", jurors: ownersOf(network, others) });
		const rest = { "silent juror": -SLICE, jurors: 2n * FEE, "pool and fees": leftOf(2n * FEE) + SLICE };
		assert.deepEqual(moved, { ...convicted, ...rest });
		return { verdict: verdictOf(verdict), moved };
	},
};

const bribed: Story = {
	name: "behavior: a bribed juror is out-voted, unpaid, and charged",
	async play(network) {
		const { job, at, jurors, names, close } = await doubted(network);
		const [bought = "0x", ...others] = jurors;
		const member = network.member(bought);
		await member.stop();
		const open = await bribedVote(network, at, member.account, "valid", zeroHash);
		await waitForVotes(network, at, "committed", 3);
		await open();
		const verdict = await unappealed(network, job, at);
		const moved = await close({ ...names, "bribed juror": member.owner, jurors: ownersOf(network, others) });
		const rest = { "bribed juror": -SLICE, jurors: 2n * FEE, "pool and fees": leftOf(2n * FEE) + SLICE };
		assert.deepEqual(moved, { ...convicted, ...rest });
		return { verdict: verdictOf(verdict), moved };
	},
};

const appealed: Story = {
	name: "behavior: a bought first panel is overturned on appeal",
	async play(network) {
		const { challenger, job, at, jurors, names, close } = await doubted(network);
		const bought = jurors.slice(0, 2).map(network.member);
		await Promise.all(bought.map((member) => member.stop()));
		const opens = await Promise.all(bought.map(({ account }) => bribedVote(network, at, account, "valid", zeroHash)));
		await waitForVotes(network, at, "committed", 3);
		for (const open of opens) await open();
		assert.equal((await voted(network, at)).verdict, "valid");
		const { receipt } = await getReceipt(network.client, { orderId: job.orderId, job: 0 });
		await appealDispute(network.clientOf(challenger), { order: job.order, receipt, dispute: at.dispute });
		await Promise.all(bought.map((member) => member.start()));
		const second = await drawnJurors(network, at, 1);
		assert.equal(second.length, 7);
		await voted(network, at, 1);
		const verdict = await resolved(network, job, at);
		// Each seat is paid or charged for itself; a node may have sat twice, and a bought one may have mended its ways.
		const moved = await close({ ...names, jurors: ownersOf(network, [...new Set([...jurors, ...second])]) });
		const jury = 8n * FEE - 2n * SLICE;
		assert.deepEqual(moved, { ...convicted, jurors: jury, "pool and fees": leftOf(8n * FEE) + 2n * SLICE });
		return { verdict: `VALID, on appeal ${verdictOf(verdict)}`, moved };
	},
};

const killed: Story = {
	name: "behavior: a juror killed -9 between its vote and its opening votes once, opens, and is paid",
	async play(network) {
		const { job, at, jurors, names, close } = await doubted(network);
		const [victim, late] = jurors.slice(0, 2).map(network.member);
		if (!victim || !late) return assert.fail("three are drawn");
		// Nobody may open before the late one has voted.
		await Promise.all([victim.stop(), late.stop()]);
		await victim.start("apart");
		await waitForVotes(network, at, "committed", 2);
		await victim.kill();
		await late.start();
		await waitForVotes(network, at, "committed", 3);
		await victim.start("apart");
		await waitForVotes(network, at, "revealed", 3);
		assert.equal((await votesOf(network, at, victim.address)).length, 1);
		const verdict = await unappealed(network, job, at);
		const moved = await close({ ...names, jurors: ownersOf(network, jurors) });
		assert.deepEqual(moved, { ...convicted, jurors: 3n * FEE, "pool and fees": leftOf(3n * FEE) });
		await victim.stop();
		return { verdict: verdictOf(verdict), moved };
	},
};

async function votesOf({ client }: Network, { arbiter, dispute }: Challenge, node: Address) {
	const args = { dispute, node };
	const events = { address: arbiter, abi: panelArbiterAbi, eventName: "VoteCommitted", args, fromBlock: 0n } as const;
	return client.getContractEvents(events);
}

const silentArbiter: Story = {
	name: "behavior: when the arbiter stays silent, the node is paid and the bond comes back",
	async play(network) {
		const [challenger, worker] = [await network.challenger(), network.members[0] ?? assert.fail("there are members")];
		await network.devnet.keeper?.kill("SIGTERM"); // nobody draws
		const close = await openBook(network);
		const job = await order(network, { choices: { node: worker.address } });
		await job.event("Submitted");
		const at = await challenge(network, job, challenger);
		await network.pass(4 * 86_400 + 1);
		await network.devnet.keeper?.start();
		await job.event("Settled");
		await reclaimed(network, at);
		const consumer = consumerOf(network);
		const moved = await close({ node: worker.owner, consumer, challenger: challenger.address });
		const paid = { node: PRICE - MARKET_FEE, consumer: -PRICE, challenger: 0n, "pool and fees": MARKET_FEE };
		assert.deepEqual(moved, paid);
		return { verdict: "none", moved };
	},
};

export const jurors: readonly Story[] = [silent, bribed, appealed, killed, silentArbiter];
