import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MarketRefusedError, packResult, packTerms, type Result, resultCommitment, resultDigest } from "depin";
import { marketAbi } from "depin/abi";
import { appealDispute, getConfig, getJob, getNode, getOrderEvents, getPanel, getReceipt, retire } from "depin/actions";
import { keccak256, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { wellKnown } from "../../../deploy/devnet/accounts.ts";
import { playNode, type Script } from "../../../sdk/test/scriptedNode.ts";
import { until } from "../until.ts";
import type { OrderOptions, PostedJob } from "../world.ts";
import { type Network, type Stranger, startNetwork } from "./network.ts";
import { bribedVote, challenge, drawnJurors, purses, resolved, tell, verdictOf, voted } from "./story.ts";

const PRICE = 300_000n;
const BOND = 1_000_000n;
const STAKE = 1_000_000_000n;
const FEE = (PRICE * 3n) / 2n; // of a juror
const PROGRAM = `require("fs").writeFileSync("/outputs/n", "task " + (process.env.N ?? 0))`;
const WRONG = { n: "task 0, or so" };
const challenger = privateKeyToAccount(wellKnown(50).key);

let network: Network;
before(async () => {
	network = await startNetwork();
});
after(() => network.stop());

const terms = { maxPrice: PRICE, bond: BOND, challengeFor: 600 };
const exact = { match: "exact" as const };

async function order(options: OrderOptions = {}, program = PROGRAM): Promise<PostedJob> {
	const { spec, choices, ...rest } = options;
	return network.order(program, { ...rest, spec: { ...exact, ...spec }, choices: { ...terms, ...choices } });
}

/** A job that a stranger claims, and reports as the script says. */
async function reportedBy(stranger: Stranger, script: Script, options: OrderOptions = {}): Promise<PostedJob> {
	const job = await order({ ...options, choices: { node: stranger.node.address, ...options.choices } });
	const { client, node: account } = stranger;
	await playNode({ client, account, storage: network.devnet.storage }, { orderId: job.orderId, job: 0 }, script);
	return job;
}

const consumer = () => network.devnet.accounts.consumer.address;
const appealsOver = () => network.pass(61);
const isPaid = (job: PostedJob) => job.event("Settled");

test("default: a doctored result is convicted: its node loses everything, its consumer is made whole", async () => {
	const liar = await network.stranger();
	const job = await reportedBy(liar, { files: WRONG });
	const at = await challenge(network, job, challenger);
	const jurors = await drawnJurors(network, at);
	const owners = jurors.map((node) => network.member(node).owner);
	const moved = await purses(network, { consumer: consumer(), challenger: challenger.address, ...named(owners) });
	await voted(network, at);
	await appealsOver();
	const verdict = await resolved(network, job, at);
	assert.equal(verdictOf(verdict), "INVALID");
	const { split } = verdict;
	const [toConsumer, reward] = [PRICE, (STAKE * 3n) / 10n]; // compensation: the escrow, as it is below a tenth of S
	const expected = {
		slashed: STAKE,
		toConsumer,
		toChallenger: at.bond + reward,
		toAppellant: 0n,
		toOwner: 0n,
		toJurors: 3n * FEE,
		toPool: STAKE - toConsumer - reward - 3n * FEE,
	};
	assert.deepEqual(split, expected);
	const parts = await moved();
	assert.deepEqual(parts, {
		consumer: PRICE + toConsumer,
		challenger: at.bond + reward,
		...Object.fromEntries(owners.map((_, n) => [`juror ${n + 1}`, FEE])),
	});
	const { status, stake, locked } = await getNode(network.client, { node: liar.node.address });
	assert.deepEqual({ status, stake, locked }, { status: "jailed", stake: 0n, locked: 0n });
	assert.equal((await getJob(network.client, { order: job.order, job: 0 })).state, "void");
	tell("INVALID", { node: -STAKE, ...parts, pool: split.toPool });
});

test("behavior: an honest result that is challenged is VALID, and the challenger pays", async () => {
	const job = await order({ choices: { node: network.members[0]?.address ?? "0x" } });
	await job.event("Submitted");
	const at = await challenge(network, job, challenger);
	await drawnJurors(network, at);
	const moved = await purses(network, { challenger: challenger.address });
	await voted(network, at);
	await appealsOver();
	const { split, ...verdict } = await resolved(network, job, at);
	assert.equal(verdictOf({ split, ...verdict }), "VALID");
	assert.deepEqual([split.toOwner, split.toJurors, split.slashed], [at.bond - 3n * FEE, 3n * FEE, 0n]);
	assert.equal((await moved()).challenger, 0n, "the bond is gone");
	await network.pass(600);
	const { args } = await isPaid(job);
	assert.equal(args.pay, PRICE);
	tell("VALID", { challenger: -at.bond, node: split.toOwner + args.pay - args.fee, jurors: split.toJurors });
});

test("behavior: a result whose content is withheld is UNAVAILABLE", async () => {
	const hider = await network.stranger();
	const job = await reportedBy(
		hider,
		{ files: { n: "task hidden" }, withhold: true, log: `${Date.now()}` },
		{ spec: { env: { N: "hidden" } } },
	);
	const at = await challenge(network, job, challenger);
	await drawnJurors(network, at);
	const moved = await purses(network, { consumer: consumer(), challenger: challenger.address });
	await network.pass(21); // in which its node might have handed it over
	await voted(network, at);
	await appealsOver();
	const verdict = await resolved(network, job, at);
	assert.equal(verdictOf(verdict), "UNAVAILABLE");
	const { stake, status } = await getNode(network.client, { node: hider.node.address });
	assert.equal(stake, STAKE - verdict.split.slashed);
	assert.equal(status, "active");
	const parts = await moved();
	assert.deepEqual(parts, { consumer: PRICE, challenger: at.bond });
	tell("UNAVAILABLE", { node: -verdict.split.slashed, ...parts, jurors: verdict.split.toJurors });
	await retire(hider.ownerClient, { node: hider.node.address });
});

test("behavior: a container that never gives the same bytes twice is INCONCLUSIVE, and its node is paid", async () => {
	const job = await order(
		{ choices: { node: network.members[0]?.address ?? "0x" } },
		`require("fs").writeFileSync("/outputs/n", require("crypto").randomUUID())`,
	);
	await job.event("Submitted");
	const at = await challenge(network, job, challenger);
	await drawnJurors(network, at);
	await voted(network, at);
	await appealsOver();
	const verdict = await resolved(network, job, at);
	assert.equal(verdictOf(verdict), "INCONCLUSIVE");
	const { toChallenger, toJurors, slashed } = verdict.split;
	assert.deepEqual(
		{ toChallenger, toJurors, slashed },
		{ toChallenger: at.bond - 3n * FEE, toJurors: 3n * FEE, slashed: 0n },
	);
	await network.pass(600);
	const { args } = await isPaid(job);
	assert.equal(args.pay, PRICE);
	tell("INCONCLUSIVE", { challenger: toChallenger - at.bond, node: args.pay - args.fee, jurors: toJurors });
});

test("behavior: a juror that is silent loses a slice, and the others decide", async () => {
	const liar = await network.stranger();
	const job = await reportedBy(liar, { files: WRONG });
	const at = await challenge(network, job, challenger);
	const [silent] = await drawnJurors(network, at);
	const member = network.member(silent ?? "0x");
	await member.stop();
	const before = await getNode(network.client, { node: member.address });
	await until("the others have committed", async () => {
		return (await getPanel(network.client, at)).seats.filter(({ committed }) => committed).length === 2;
	});
	await network.pass(job.order.maxRun + 62); // the time to commit
	await until("the others have opened", async () => {
		return (await getPanel(network.client, at)).seats.filter(({ revealed }) => revealed).length === 2;
	});
	await voted(network, at);
	await appealsOver();
	const verdict = await resolved(network, job, at);
	assert.equal(verdictOf(verdict), "INVALID");
	const { livenessBps } = await getConfig(network.client);
	const slice = (BOND * BigInt(livenessBps)) / 10_000n;
	const { stake } = await getNode(network.client, { node: member.address });
	assert.equal(before.stake - stake, slice);
	assert.equal(verdict.split.toJurors, 2n * FEE);
	tell("INVALID", { "silent juror": -slice, "other jurors": 2n * FEE });
	await member.start();
});

test("behavior: a bribed juror is out-voted, unpaid, and charged", async () => {
	const liar = await network.stranger();
	const job = await reportedBy(liar, { files: WRONG });
	const at = await challenge(network, job, challenger);
	const [bought] = await drawnJurors(network, at);
	const member = network.member(bought ?? "0x");
	await member.stop();
	const before = await getNode(network.client, { node: member.address });
	const open = await bribedVote(network, at, member.account, "valid", zeroHash);
	await until("all have committed", async () => {
		return (await getPanel(network.client, at)).seats.every(({ committed }) => committed);
	});
	await open();
	await voted(network, at);
	await appealsOver();
	const verdict = await resolved(network, job, at);
	assert.equal(verdictOf(verdict), "INVALID");
	const { stake } = await getNode(network.client, { node: member.address });
	assert.equal(before.stake - stake, BOND / 5n);
	assert.equal(verdict.split.toJurors, 2n * FEE);
	tell("INVALID", { "bribed juror": stake - before.stake, "other jurors": 2n * FEE });
	await member.start();
});

test("behavior: a bought first panel is overturned on appeal", async () => {
	const liar = await network.stranger();
	const job = await reportedBy(liar, { files: WRONG });
	const at = await challenge(network, job, challenger);
	const bought = (await drawnJurors(network, at)).slice(0, 2).map(network.member);
	await Promise.all(bought.map((member) => member.stop()));
	const opens = await Promise.all(bought.map(({ account }) => bribedVote(network, at, account, "valid", zeroHash)));
	await until("all have committed", async () => {
		return (await getPanel(network.client, at)).seats.every(({ committed }) => committed);
	});
	for (const open of opens) await open();
	const first = await voted(network, at);
	assert.equal(first.verdict, "valid");
	await Promise.all(bought.map((member) => member.start()));
	const { receipt } = await getReceipt(network.client, { orderId: job.orderId, job: 0 });
	const { bond } = await appealDispute(network.clientOf(challenger), {
		order: job.order,
		receipt,
		dispute: at.dispute,
	});
	assert.equal((await drawnJurors(network, at, 1)).length, 7);
	await voted(network, at, 1);
	const verdict = await resolved(network, job, at);
	assert.equal(verdictOf(verdict), "INVALID");
	assert.equal(verdict.split.toAppellant, bond);
	assert.equal(verdict.split.slashed, STAKE);
	tell("VALID, on appeal INVALID", {
		appellant: 0n,
		challenger: verdict.split.toChallenger - at.bond,
		node: -STAKE,
	});
});

test("behavior: when the arbiter stays silent, the node is paid and the bond comes back", async () => {
	await network.devnet.keeper?.kill("SIGTERM"); // nobody draws
	const job = await order({ choices: { node: network.members[0]?.address ?? "0x" } });
	await job.event("Submitted");
	const at = await challenge(network, job, challenger);
	const moved = await purses(network, { challenger: challenger.address });
	await network.pass(4 * 86_400 + 1);
	await network.devnet.keeper?.start();
	const { args } = await isPaid(job);
	assert.equal(args.pay, PRICE);
	await until("the bond is back", async () => (await moved()).challenger === at.bond);
	tell("no verdict", { node: args.pay - args.fee, challenger: 0n });
});

test("behavior: of a lot of 20 tasks in which only task 13 is wrong, one task is run again and the lot is void", async () => {
	const liar = await network.stranger();
	const parameters = Array.from({ length: 20 }, (_, n) => ({ N: `${n}` }));
	const files = (index: number) => ({ n: index === 13 ? "task 12" : `task ${index}` });
	const job = await reportedBy(liar, { files }, { parameters, tasksPerLot: 20 });
	const wrong = await challenge(network, job, challenger, 13);
	const right = await challenge(network, job, challenger, 7);
	await Promise.all([voted(network, wrong), voted(network, right)]);
	const fine = await getPanel(network.client, right);
	assert.equal(fine.verdict, "valid", "a good task of the same lot");
	await appealsOver();
	const verdict = await resolved(network, job, wrong);
	assert.equal(verdictOf(verdict), "INVALID");
	assert.equal(verdict.split.slashed, STAKE);
	tell("INVALID", { node: -STAKE, consumer: PRICE + verdict.split.toConsumer, jurors: verdict.split.toJurors });
});

test("behavior: of three replicas one lies, one copies and one is slow: no quorum, so nobody is paid in full", async () => {
	const [liar, copier] = [await network.stranger(), await network.stranger()];
	const slow = network.members[0] ?? assert.fail("the network has members");
	const program = PROGRAM.replace(
		'require("fs")',
		'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000); require("fs")',
	);
	const job = await order({ choices: { replicas: 3, quorum: 2 } }, program);
	const seals = () => getOrderEvents(network.client, { orderId: job.orderId });
	const sealed = async () => (await seals()).flatMap((event) => (event.eventName === "Committed" ? [event.args] : []));
	const taken = await until("the slow one has claimed", async () => {
		const claims = (await seals()).flatMap((event) => (event.eventName === "Claimed" ? [event.args] : []));
		return claims.find(({ node }) => node === slow.address)?.job !== undefined ? claims : undefined;
	});
	const [first = 0, second = 0] = [0, 1, 2].filter((n) => taken.every(({ job }) => job !== n));
	const salt = keccak256("0x01");
	const market = { address: network.client.deployment.market, abi: marketAbi, chain: null } as const;
	const lie: Result[] = [];
	const play = (who: Stranger, number: number, commitment: (result: Result) => Promise<`0x${string}`>) =>
		untilClaimed(() =>
			playNode(
				{ client: who.client, account: who.node, storage: network.devnet.storage },
				{ orderId: job.orderId, job: number },
				{
					files: WRONG,
					deliver: async (result) => {
						const args = [packTerms(job.order), number, await commitment(result)] as const;
						const hash = await who.client.writeContract({ ...market, account: who.node, functionName: "commit", args });
						await who.client.waitForTransactionReceipt({ hash });
					},
				},
			),
		);
	await play(liar, first, async (result) => {
		lie.push(result);
		const named = { orderId: job.orderId, job: first, node: liar.node.address, result };
		return resultCommitment(resultDigest(network.client.deployment, named), salt);
	});
	const copied = (await sealed()).find(({ node }) => node === liar.node.address)?.commitment ?? zeroHash;
	await play(copier, second, async () => copied);
	await until("all three are sealed", async () => (await sealed()).length === 3);
	const opening = async (who: Stranger) => {
		const own = (await sealed()).find(({ node }) => node === who.node.address) ?? assert.fail("sealed");
		const { id: _, ...seal } = own;
		const args = [packTerms(job.order), seal, packResult(lie[0] ?? assert.fail("the liar lied")), salt] as const;
		return who.client.writeContract({ ...market, account: who.node, functionName: "reveal", args });
	};
	await opening(liar);
	await assert.rejects(opening(copier), /OpeningMismatch/, "what names another node cannot be opened");
	await until("the slow one has opened", async () =>
		(await seals()).some((event) => event.eventName === "Revealed" && event.args.node === slow.address),
	);
	await network.pass(62);
	const { args: tallied } = (await until("the lot is counted", async () =>
		(await seals()).find((event) => event.eventName === "Tallied"),
	)) as { args: { votes: bigint } };
	assert.equal(tallied.votes, 0n);
	const events = await seals();
	const settled = events.flatMap((event) => (event.eventName === "Settled" ? [event.args] : []));
	const [expired] = events.flatMap((event) => (event.eventName === "Expired" ? [event.args] : []));
	assert.deepEqual([expired?.node, expired?.slash, expired?.reopened], [copier.node.address, BOND / 5n, false]);
	assert.deepEqual(settled.map(({ node }) => node).sort(), [liar.node.address, slow.address].sort());
	const paid = settled.find(({ node }) => node === slow.address)?.pay ?? 0n;
	assert.ok(paid > 0n && paid < PRICE / 2n, `${paid}: the share of a failure, for the time it ran`);
	assert.equal(settled.find(({ node }) => node === liar.node.address)?.pay, 0n, "it ran for no time");
	tell("no quorum", { slow: paid, liar: 0n, copier: -BOND / 5n });
	for (const who of [liar, copier]) await retire(who.ownerClient, { node: who.node.address });
});

test("behavior: three honest replicas of three owners agree, and all are paid", async () => {
	const job = await order({ choices: { replicas: 3, quorum: 2, maxPrice: 500_000n } });
	const submits = await Promise.all([0, 1, 2].map((n) => job.event("Submitted", n)));
	assert.equal(new Set(submits.map(({ args }) => args.node)).size, 3);
	assert.equal(new Set(submits.map(({ args }) => args.result.resultRoot)).size, 1);
	await network.pass(601);
	const settled = await Promise.all([0, 1, 2].map((n) => job.event("Settled", n)));
	assert.deepEqual(
		settled.map(({ args }) => args.pay),
		[500_000n, 500_000n, 500_000n],
	);
	tell("quorum of 3", { "each node": 490_000n });
});

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

const named = (owners: readonly `0x${string}`[]) =>
	Object.fromEntries(owners.map((owner, n) => [`juror ${n + 1}`, owner]));
