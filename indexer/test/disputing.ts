// Replicas and disputes in a history: single steps, as people and nodes take them.
import {
	lotOf,
	NO_RESULT,
	resultCommitment,
	resultDigest,
	type Seal,
	unpackResult,
	type Verdict,
	verdictCode,
	verdicts,
	voteCommitment,
} from "depin";
import { merkleProof, resultLeaves } from "depin/jobs";
import { type Address, type Hex, keccak256, toHex, zeroHash } from "viem";
import type { Case } from "./cases.ts";
import {
	act,
	actOnPanel,
	draw,
	type JobNow,
	type Opening,
	type Placed,
	post,
	report,
	specOf,
	taskLeaves,
	type World,
	wait,
} from "./world.ts";

/** As the devnet's panel is set up, in seconds. */
const clocks = { draw: 2, data: 20, reveal: 60, appeal: 60 };
const unopened: Opening = { result: NO_RESULT, salt: zeroHash };

/** An order of `replicas` that `quorum` must agree on. */
export function postReplicated(world: World, consumer: Address, replicas: number, quorum: number, lots = 1) {
	return post(world, draw(world, consumer, { replicas, quorum, lots, openFor: 600, challengeFor: 300, rampFor: 0 }));
}

/** Seals what the job's node found; honest ones of a lot find the same. */
export async function seal(world: World, job: JobNow, { honest = true, status = 0 } = {}): Promise<boolean> {
	const { placed, job: number, node } = job;
	if (!node) return false;
	const result = report(world, job, status, honest);
	const about = { orderId: placed.id, job: number, node, result: unpackResult(result) };
	const salt = keccak256(toHex(Math.floor(world.random() * 2 ** 48)));
	world.openings.set(`${placed.id}/${number}`, { result, salt });
	const digest = resultDigest({ chainId: world.chain.chainId, market: world.chain.market }, about);
	return act(world, node, "commit", [placed.terms, number, resultCommitment(digest, salt)]);
}

/** The node opens its own seal. */
export async function unseal(world: World, { placed, job, node, seal: sealed }: JobNow): Promise<boolean> {
	const opening = world.openings.get(`${placed.id}/${job}`);
	if (!sealed || !opening || !node) return false;
	return act(world, node, "reveal", [placed.terms, sealed, opening.result, opening.salt]);
}

/** Anybody counts a lot; seals of `silent` jobs stay shut unless their nodes opened them. */
export async function tally(world: World, placed: Placed, lot: number, silent: readonly number[] = []) {
	const sealed = [...world.jobs.values()]
		.filter((job) => job.placed === placed && lotOf(placed.order, job.job) === lot && job.state === "sealed")
		.toSorted((a, b) => a.job - b.job);
	const openings = sealed.map(({ job, seal: shut, revealed = false }) => {
		const opened = revealed || !silent.includes(job);
		const content = world.openings.get(`${placed.id}/${job}`);
		return { seal: shut as Seal, opened, ...(opened && content ? content : unopened) };
	});
	return act(world, world.keeper, "tally", [placed.terms, lot, openings]);
}

/** Disputes the task at `place` of a submitted job's lot. */
export async function challenge(world: World, who: Address, job: JobNow, place = 0, withheld = false): Promise<void> {
	const { placed, receipt, result } = job;
	if (!receipt || !result) return;
	const tasks = world.leaves.get(result.resultRoot) ?? [];
	const task = tasks[place];
	if (!task) return;
	const { order, terms } = placed;
	const named = { index: BigInt(task.index), specDigest: specOf(order, task.index), withheld };
	const taskProof = merkleProof(taskLeaves(order), task.index);
	const claimed = withheld
		? { status: 0, outputDigest: zeroHash, resultProof: [] }
		: {
				status: task.status,
				outputDigest: task.outputDigest,
				resultProof: merkleProof(resultLeaves(tasks), place),
			};
	await act(world, who, "challenge", [terms, receipt, result, { ...named, ...claimed, taskProof }]);
}

/** The next step of a dispute, two calls at most; `by` appeals when it comes to that. */
export async function proceed(world: World, { id, ...at }: Case, by?: Address): Promise<void> {
	const { placed, receipt } = at.job;
	if (!at.seated) {
		wait(world, Math.max(0, at.openedAt + clocks.draw - world.now));
		await actOnPanel(world, world.keeper, "draw", [id, "0x"]);
		return;
	}
	const votes = at.jurors.map((node) => ({ node, vote: voteOf(at, id, node) }));
	const willing = votes.filter(({ vote }) => vote !== "silent");
	const undecided = willing.find(({ node }) => !at.committed.includes(node));
	if (undecided && world.now < at.seated.commitBy) {
		if (undecided.vote === "unavailable") wait(world, Math.max(0, at.seated.at + clocks.data - world.now));
		const commitment = voteCommitment(ballot(id, at.round, undecided.node, undecided.vote as Verdict));
		await actOnPanel(world, undecided.node, "vote", [id, commitment]);
		return;
	}
	if (at.committed.length < at.jurors.length) wait(world, Math.max(0, at.seated.commitBy + 1 - world.now));
	const shut = willing.find(({ node }) => at.committed.includes(node) && !at.revealed.includes(node));
	if (shut && world.now < at.seated.commitBy + clocks.reveal) {
		const { vote, salt } = ballot(id, at.round, shut.node, shut.vote as Verdict);
		await actOnPanel(world, shut.node, "reveal", [id, verdictCode(vote.verdict), vote.digest, salt]);
		return;
	}
	if (by && at.round === 0) {
		wait(world, Math.max(0, roundEnd(at) - world.now));
		await act(world, by, "appeal", [placed.terms, receipt, id]);
		return;
	}
	if (at.concludes) {
		wait(world, Math.max(0, roundEnd(at) + clocks.appeal - world.now));
		await actOnPanel(world, world.keeper, "conclude", [placed.terms, receipt, id]);
		if (world.cases.has(id)) await act(world, world.keeper, "reclaim", [placed.terms, receipt, id]);
		return;
	}
	// Nobody tells the market: the job is settled, and the bonds come back.
	const standing = world.jobs.get(`${placed.id}/${receipt.job}`);
	wait(world, Math.max(0, (standing?.deadline ?? 0) - world.now));
	await act(world, world.keeper, "settle", [placed.terms, [receipt]]);
	await act(world, world.keeper, "reclaim", [placed.terms, receipt, id]);
}

/** Who never committed is not waited for. */
function roundEnd({ committed, revealed, lastRevealAt = 0, seated }: Omit<Case, "id">): number {
	const all = committed.length > 0 && revealed.length === committed.length;
	return all ? lastRevealAt : (seated?.commitBy ?? 0) + clocks.reveal + 2;
}

/** Three in four jurors lean with the case; the others say anything, or nothing. The same each time it is asked. */
function voteOf({ leaning, round, united, jurors }: Omit<Case, "id">, dispute: Hex, node: Address): Verdict | "silent" {
	if (united) return node === jurors[0] ? "silent" : leaning;
	const dice = Number.parseInt(keccak256(`${dispute}0${round}${node.slice(2)}`).slice(2, 6), 16);
	if (dice % 4 !== 0) return leaning;
	return [...verdicts, "silent" as const][Math.floor(dice / 4) % 5] ?? "silent";
}

function ballot(dispute: Hex, round: number, node: Address, verdict: Verdict) {
	const digest = verdict === "invalid" ? keccak256(dispute) : zeroHash;
	return { dispute, round, node, vote: { verdict, digest }, salt: keccak256(node) };
}
