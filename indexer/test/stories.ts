// Every exit of replicas and of disputes, once, for a history that visits everything.
import type { Verdict } from "depin";
import type { Address } from "viem";
import { challenge, postReplicated, proceed, seal, tally, unseal } from "./disputing.ts";
import { act, dollars, draw, jobOf, type Placed, post, submit, type World, wait } from "./world.ts";

/** All agree; one is out-voted; one stays silent; nobody agrees. */
export async function replicas(world: World): Promise<void> {
	const [consumer] = world.consumers as [Address];
	const nodes = world.jurors.slice(0, 3);
	const agreed = await claimed(world, consumer, nodes);
	for (const job of [0, 1, 2]) await seal(world, jobOf(world, agreed, job), { honest: job !== 2 });
	for (const job of [0, 1]) await unseal(world, jobOf(world, agreed, job));
	await tally(world, agreed, 0); // opens the third, which is out-voted
	const silent = await claimed(world, consumer, nodes);
	for (const job of [0, 1, 2]) await seal(world, jobOf(world, silent, job));
	await tally(world, silent, 0, [1]); // refused: it may still be opened
	wait(world, 70);
	await tally(world, silent, 0, [1]);
	const divided = await claimed(world, consumer, nodes);
	for (const job of [0, 1, 2]) await seal(world, jobOf(world, divided, job), { honest: false });
	await tally(world, divided, 0);
	const lone = await claimed(world, consumer, nodes.slice(0, 1));
	await seal(world, jobOf(world, lone, 0));
	await act(world, consumer, "close", [lone.terms]); // refused: one is claimed
	wait(world, 1_900);
	await act(world, consumer, "close", [lone.terms]);
	await tally(world, lone, 0);
	for (const placed of [agreed, silent]) for (const job of [0, 1, 2]) await settle(world, placed, job);
}

async function claimed(world: World, consumer: Address, nodes: readonly Address[]): Promise<Placed> {
	const placed = await postReplicated(world, consumer, 3, 2);
	wait(world, 30);
	for (const [job, node] of nodes.entries()) await act(world, node, "claim", [placed.terms, job]);
	wait(world, 100);
	return placed;
}

/** Each verdict, an appeal, an arbiter that says nothing, and what is left of a convicted node. */
export async function disputes(world: World): Promise<void> {
	const { governor, chain, keeper, jurors } = world;
	const [one, two] = world.consumers as [Address, Address];
	const [judged, cheat] = jurors.slice(-2) as [Address, Address];
	await act(world, governor, "enableArbiter", [chain.arbiter]);
	await act(world, keeper, "deposit", [keeper, dollars(500)]);
	for (const leaning of ["valid", "inconclusive", "unavailable"] as const)
		await decide(world, await delivered(world, two, judged, leaning === "valid"), { by: one, leaning });
	// The second panel finds otherwise.
	await decide(world, await delivered(world, two, judged), { by: keeper, leaning: "inconclusive", appeal: "valid" });
	await decide(world, await delivered(world, two, judged), { by: keeper, leaning: "valid", appeal: "valid" });
	await silentArbiter(world, await delivered(world, two, judged), one);
	await conviction(world, one, two, cheat);
}

/** A lot of three tasks that `node` ran and reported. */
async function delivered(world: World, consumer: Address, node: Address, namesArbiter = false): Promise<Placed> {
	const arbiter = namesArbiter ? { arbiter: world.chain.arbiter.toLowerCase() as Address } : {};
	const placed = await post(world, draw(world, consumer, { tasksPerLot: 3, challengeFor: 300, node, ...arbiter }));
	await act(world, node, "claim", [placed.terms, 0]);
	wait(world, 50);
	await submit(world, jobOf(world, placed, 0), 0);
	return placed;
}

type Course = { by: Address; leaning: Verdict; appeal?: Verdict };

/** Disputes the second task and sees it through. */
async function decide(world: World, placed: Placed, { by, leaning, appeal }: Course): Promise<void> {
	await challenge(world, by, jobOf(world, placed, 0), 1, leaning === "unavailable");
	const [id] = world.cases.keys();
	if (!id) throw new Error(`nobody could challenge ${placed.id}`);
	for (let step = 0; step < 80; step++) {
		const entry = world.cases.get(id);
		if (!entry) return settle(world, placed, 0);
		const says = entry.round === 1 && appeal ? appeal : leaning;
		await proceed(world, { ...entry, leaning: says, united: true, concludes: true }, appeal && by);
	}
	throw new Error(`dispute ${id} came to no end`);
}

async function silentArbiter(world: World, placed: Placed, by: Address): Promise<void> {
	for (const place of [0, 2]) await challenge(world, by, jobOf(world, placed, 0), place);
	const { receipt, deadline = 0 } = jobOf(world, placed, 0);
	if (!receipt) return;
	await act(world, world.keeper, "settle", [placed.terms, [receipt]]); // refused: disputed
	wait(world, deadline - world.now);
	const ids = [...world.cases.keys()];
	await act(world, world.keeper, "settle", [placed.terms, [receipt]]);
	for (const id of ids.slice(0, 1)) await act(world, world.keeper, "reclaim", [placed.terms, receipt, id]);
	// The other one's bond is left where it is.
	for (const id of ids) world.cases.delete(id);
}

/** All of the stake is gone, and whatever the node still had is taken from it. */
async function conviction(world: World, one: Address, two: Address, cheat: Address): Promise<void> {
	const [running, waiting] = [await delivered(world, one, cheat), await delivered(world, one, cheat)];
	const busy = await post(world, draw(world, one, { node: cheat, openFor: 100_000 }));
	await act(world, cheat, "claim", [busy.terms, 0]);
	await act(world, cheat, "requestUnstake", [cheat, dollars(20)]);
	for (const place of [0, 1]) await challenge(world, two, jobOf(world, running, 0), place);
	const [first] = world.cases.keys();
	for (let step = 0; step < 80 && first && world.cases.has(first); step++) {
		const entry = world.cases.get(first);
		if (entry) await proceed(world, { ...entry, leaning: "invalid", united: true, concludes: true });
	}
	const { receipt } = jobOf(world, waiting, 0);
	if (receipt) await act(world, world.keeper, "voidJob", [waiting.terms, receipt]);
	await act(world, world.keeper, "expire", [busy.terms, [0]]);
	for (const { id, job } of [...world.cases.values()])
		await act(world, world.keeper, "reclaim", [job.placed.terms, job.receipt, id]);
}

async function settle(world: World, placed: Placed, number: number): Promise<void> {
	const job = world.jobs.get(`${placed.id}/${number}`);
	if (!job?.receipt) return;
	wait(world, Math.max(0, (job.deadline ?? 0) - world.now));
	await act(world, world.keeper, "settle", [placed.terms, [job.receipt]]);
}
