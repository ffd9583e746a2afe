import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { MarketRefusedError, packResult, packTerms, type Result, resultCommitment, resultDigest } from "depin";
import { getOrderEvents, getPanel } from "depin/actions";
import { type Hex, keccak256, zeroHash } from "viem";
import { playNode } from "../../../../sdk/test/scriptedNode.ts";
import { until } from "../../until.ts";
import type { PostedJob } from "../../world.ts";
import { openBook } from "../ledger.ts";
import type { Network, Stranger } from "../network.ts";
import {
	challenge,
	consumerOf,
	drawnJurors,
	FEE,
	marketOf,
	order,
	ownersOf,
	PRICE,
	PROGRAM,
	reclaimed,
	reportedBy,
	SLICE,
	STAKE,
	type Story,
	unappealed,
	verdictOf,
	voted,
	WRONG,
} from "../story.ts";

/** Lower than this, only the first member works; at it, three do. */
const OFFER = 500_000n;

const lot: Story = {
	name: "behavior: of a lot of 20 tasks in which only task 13 is wrong, one task is run again and the lot is void",
	async play(network) {
		const [liar, challenger] = [await network.stranger(), await network.challenger()];
		const close = await openBook(network);
		const parameters = Array.from({ length: 20 }, (_, n) => ({ N: `${n}` }));
		const files = (index: number) => ({ n: index === 13 ? "task 12" : `task ${index}` });
		const job = await reportedBy(network, liar, { files }, { parameters, tasksPerLot: 20 });
		const wrong = await challenge(network, job, challenger, 13);
		const right = await challenge(network, job, challenger, 7);
		const jurors = await drawnJurors(network, wrong);
		await Promise.all([voted(network, wrong), voted(network, right)]);
		assert.equal((await getPanel(network.client, right)).verdict, "valid", "a good task of the same lot");
		const verdict = await unappealed(network, job, wrong);
		await reclaimed(network, right);
		const moved = await close({
			node: liar.owner.address,
			consumer: consumerOf(network),
			challenger: challenger.address,
			jurors: ownersOf(network, jurors),
		});
		// A juror runs one task of twenty.
		const fee = FEE / 20n;
		const reward = (STAKE * 3n) / 10n;
		assert.deepEqual(moved, {
			node: -STAKE,
			consumer: PRICE,
			challenger: reward,
			jurors: 3n * fee,
			"pool and fees": STAKE - reward - PRICE - 3n * fee,
		});
		return { verdict: verdictOf(verdict), moved };
	},
};

const market = (network: Network, who: Stranger) => ({ ...marketOf(network), account: who.node, chain: null }) as const;

async function eventsOf(network: Network, { orderId }: PostedJob) {
	return getOrderEvents(network.client, { orderId });
}

async function sealsOf(network: Network, job: PostedJob) {
	return (await eventsOf(network, job)).flatMap((event) => (event.eventName === "Committed" ? [event.args] : []));
}

/** A stranger claims a replica, lies about it, and seals what `commitment` makes of the lie. */
async function sealsLie(
	network: Network,
	who: Stranger,
	{ job, number }: { job: PostedJob; number: number },
	commitment: (lie: Result) => Hex,
): Promise<Result> {
	let lie: Result | undefined;
	const deliver = async (result: Result) => {
		lie = result;
		const args = [packTerms(job.order), number, commitment(result)] as const;
		const hash = await who.client.writeContract({ ...market(network, who), functionName: "commit", args });
		await who.client.waitForTransactionReceipt({ hash });
	};
	const { storage } = network.devnet;
	const ref = { orderId: job.orderId, job: number };
	await untilClaimed(() =>
		playNode({ client: who.client, account: who.node, storage }, ref, { files: WRONG, deliver }),
	);
	return lie ?? assert.fail("the lie was told");
}

const quarrel: Story = {
	name: "behavior: of three replicas one lies, one copies and one is slow: no quorum, so nobody is paid in full",
	async play(network) {
		const [liar, copier] = [await network.stranger(), await network.stranger()];
		const slow = network.members[0] ?? assert.fail("the network has members");
		const close = await openBook(network);
		const waits = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);";
		const job = await order(network, { choices: { replicas: 3, quorum: 2 } }, `${waits} ${PROGRAM}`);
		const taken = await until("the slow one has claimed", async () => {
			const events = await eventsOf(network, job);
			return events.find((event) => event.eventName === "Claimed" && event.args.node === slow.address);
		});
		const own = taken.eventName === "Claimed" ? taken.args.job : assert.fail("a claim");
		const [first = 0, second = 0] = [0, 1, 2].filter((number) => number !== own);
		const salt = keccak256("0x01");
		const lie = await sealsLie(network, liar, { job, number: first }, (result) => {
			const named = { orderId: job.orderId, job: first, node: liar.node.address, result };
			return resultCommitment(resultDigest(network.client.deployment, named), salt);
		});
		const copied = (await sealsOf(network, job)).find(({ node }) => node === liar.node.address)?.commitment;
		await sealsLie(network, copier, { job, number: second }, () => copied ?? zeroHash);
		await until("all three are sealed", async () => (await sealsOf(network, job)).length === 3);
		const opens = async (who: Stranger) => {
			const found = (await sealsOf(network, job)).find(({ node }) => node === who.node.address);
			const { id: _, ...seal } = found ?? assert.fail("it is sealed");
			const args = [packTerms(job.order), seal, packResult(lie), salt] as const;
			return who.client.writeContract({ ...market(network, who), functionName: "reveal", args });
		};
		await opens(liar);
		await assert.rejects(opens(copier), /OpeningMismatch/, "what names another node cannot be opened");
		await job.event("Revealed", own);
		await network.pass(62);
		assert.equal((await tallied(network, job)).votes, 0n);
		const settled = await job.event("Settled", own);
		const { pay, fee } = settled.args;
		assert.ok(pay > 0n && pay < PRICE / 2n, `${pay}: the share of a failure, for the time it ran`);
		await job.event("Settled", first);
		const moved = await close({
			slow: slow.owner,
			liar: liar.owner.address,
			copier: copier.owner.address,
			consumer: consumerOf(network),
			keeper: network.devnet.accounts.keeper.address,
		});
		assert.deepEqual(moved, {
			slow: pay - fee,
			liar: 0n,
			copier: -SLICE,
			consumer: -pay,
			keeper: SLICE / 5n,
			"pool and fees": (SLICE * 4n) / 5n + fee,
		});
		return { verdict: "no quorum", moved };
	},
};

const unopened: Story = {
	name: "behavior: a replica that is down while the others open loses its slice, and its restart copes",
	async play(network) {
		const [first, mute, last] = network.members;
		if (!first || !mute || !last) return assert.fail("three members work");
		await last.stop(); // so that nothing can be opened yet
		const close = await openBook(network);
		const job = await order(network, { choices: { replicas: 3, quorum: 2, maxPrice: OFFER } });
		await until("two are sealed", async () => (await sealsOf(network, job)).length === 2);
		const seal = (await sealsOf(network, job)).find(({ node }) => node === mute.address);
		await mute.stop();
		await last.start();
		await until("the others have opened", async () => {
			return (await eventsOf(network, job)).filter(({ eventName }) => eventName === "Revealed").length === 2;
		});
		await network.pass(62);
		assert.equal((await tallied(network, job)).votes, 2n);
		const number = seal?.job ?? assert.fail("it was sealed");
		const expired = await job.event("Expired", number);
		assert.deepEqual([expired.args.node, expired.args.slash, expired.args.reopened], [mute.address, SLICE, false]);
		await network.pass(601);
		await Promise.all([0, 1, 2].filter((n) => n !== number).map((n) => job.event("Settled", n)));
		const moved = await close({
			"two that opened": [first.owner, last.owner],
			"one that did not": mute.owner,
			consumer: consumerOf(network),
			keeper: network.devnet.accounts.keeper.address,
		});
		const fee = OFFER / 50n;
		assert.deepEqual(moved, {
			"two that opened": 2n * (OFFER - fee),
			"one that did not": -SLICE,
			consumer: -2n * OFFER,
			keeper: SLICE / 5n,
			"pool and fees": 2n * fee + (SLICE * 4n) / 5n,
		});
		await mute.start();
		await forgets(network, mute.address, job, number);
		return { verdict: "quorum of 2", moved };
	},
};

/** The node reads what happened without it, keeps nothing of the job, and goes on working. */
async function forgets(network: Network, node: Hex, job: PostedJob, number: number): Promise<void> {
	const index = network.members.findIndex(({ address }) => address === node);
	const held = join(dirname(network.devnet.nodeConfigs[index] ?? ""), "state", "held", `${job.orderId}-${number}`);
	await until("nothing of the job is held back any more", () => !existsSync(held));
	const next = await order(network, { choices: { node, maxPrice: OFFER } });
	await next.event("Submitted");
	await network.pass(601);
	await next.event("Settled");
}

const agreed: Story = {
	name: "behavior: three honest replicas of three owners agree, and all are paid",
	async play(network) {
		const close = await openBook(network);
		const job = await order(network, { choices: { replicas: 3, quorum: 2, maxPrice: OFFER } });
		const submits = await Promise.all([0, 1, 2].map((n) => job.event("Submitted", n)));
		assert.equal(new Set(submits.map(({ args }) => args.node)).size, 3);
		assert.equal(new Set(submits.map(({ args }) => args.result.resultRoot)).size, 1);
		await network.pass(601);
		await Promise.all([0, 1, 2].map((n) => job.event("Settled", n)));
		const owners = submits.map(({ args }) => network.member(args.node).owner);
		const moved = await close({ "three nodes": owners, consumer: consumerOf(network) });
		const fee = OFFER / 50n;
		const expected = { "three nodes": 3n * (OFFER - fee), consumer: -3n * OFFER, "pool and fees": 3n * fee };
		assert.deepEqual(moved, expected);
		return { verdict: "quorum of 3", moved };
	},
};

async function tallied(network: Network, job: PostedJob) {
	const event = await until("the lot is counted", async () => {
		return (await eventsOf(network, job)).find(({ eventName }) => eventName === "Tallied");
	});
	return event.eventName === "Tallied" ? event.args : assert.fail("a tally");
}

/** A node that is not drawn yet waits for the next step of the draw. */
async function untilClaimed(play: () => Promise<void>): Promise<void> {
	await until("the claim is let through", async () => {
		try {
			await play();
			return true;
		} catch (error) {
			if (error instanceof MarketRefusedError && error.errorName === "ClaimTooEarly") return false;
			throw error;
		}
	});
}

export const lots: readonly Story[] = [lot, quarrel, unopened, agreed];
