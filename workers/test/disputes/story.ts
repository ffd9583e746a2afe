import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type MarketClient, type Verdict, verdictCode, verdictName, voteCommitment } from "depin";
import { marketAbi, panelArbiterAbi } from "depin/abi";
import { challengeResult, getJobFacts, getOrderEvents, getPanel, getReceipt, type TimedEvent } from "depin/actions";
import { createBundle, leafProof, type StatementTask } from "depin/jobs";
import { type Address, type Hex, toHex } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import { playNode, type Script } from "../../../sdk/test/scriptedNode.ts";
import { until } from "../until.ts";
import type { OrderOptions, PostedJob } from "../world.ts";
import type { Moved } from "./ledger.ts";
import type { Network, Stranger } from "./network.ts";

export const PRICE = 300_000n;
export const BOND = 1_000_000n;
export const STAKE = 1_000_000_000n;
/** Of a juror. */
export const FEE = (PRICE * 3n) / 2n;
/** What silence, and a vote against the verdict, cost. */
export const SLICE = BOND / 5n;
/** Of a job that is paid in full: two percent. */
export const MARKET_FEE = PRICE / 50n;
const CHALLENGE_TIME = 600;
const APPEAL_TIME = 60;
export const PROGRAM = `require("fs").writeFileSync("/outputs/n", "task " + (process.env.N ?? 0))`;
export const WRONG = { n: "task 0, or so" };

/** Something that happens between strangers, and what it came to. */
export type Story = { name: string; play(network: Network): Promise<Ending> };
/** `moved`: who got what, base units, by name. */
export type Ending = { verdict: string; moved: Moved };

export async function order(network: Network, options: OrderOptions = {}, program = PROGRAM): Promise<PostedJob> {
	const { spec, choices, ...rest } = options;
	const terms = { maxPrice: PRICE, bond: BOND, challengeFor: CHALLENGE_TIME, ...choices };
	return network.order(program, { ...rest, spec: { match: "exact", ...spec }, choices: terms });
}

/** A job that a stranger claims, and reports as the script says. */
export async function reportedBy(
	network: Network,
	{ client, node: account }: Stranger,
	script: Script,
	options: OrderOptions = {},
): Promise<PostedJob> {
	const job = await order(network, { ...options, choices: { node: account.address, ...options.choices } });
	const { storage } = network.devnet;
	await playNode({ client, account, storage }, { orderId: job.orderId, job: 0 }, script);
	return job;
}

const UNIT = 1_000_000n;
/** "0.75": base units of the asset as people read them. */
export function money(amount: bigint): string {
	const [sign, size] = amount < 0n ? ["-", -amount] : ["", amount];
	return `${sign}${size / UNIT}.${`${size % UNIT}`.padStart(6, "0").replace(/0{1,4}$/, "")}`;
}

export const consumerOf = ({ devnet }: Network): Address => devnet.accounts.consumer.address;

/** Owners of nodes of the network. */
export const ownersOf = (network: Network, nodes: readonly Address[]): Address[] =>
	nodes.map((node) => network.member(node).owner);

export type Challenge = { dispute: Hex; arbiter: Address; bond: bigint };

/** Challenges one task of a submitted job as `by`, with whatever its node published. */
export async function challenge(
	network: Network,
	job: PostedJob,
	by: PrivateKeyAccount,
	index = 0,
): Promise<Challenge> {
	const ref = { orderId: job.orderId, job: 0 };
	const [facts, { receipt }] = [await getJobFacts(network.client, ref), await getReceipt(network.client, ref)];
	const { spec, parameters, tasksPerLot } = job.manifest;
	const tasks: StatementTask[] | undefined = await job.statement().then(
		({ predicate }) => predicate.runDetails.depin.tasks,
		() => undefined,
	);
	const bundle = createBundle({ spec, parameters, tasksPerLot });
	const { result } = facts.submitted;
	const proof = leafProof({ order: job.order, job: 0, index, bundle, result, tasks });
	return challengeResult(network.clientOf(by), { order: job.order, receipt, result, proof });
}

/** The jurors of the round that runs, once they are drawn. */
export async function drawnJurors(network: Network, at: Challenge, round = 0): Promise<Address[]> {
	const panel = await until(`jurors of ${at.dispute} in round ${round}`, async () => {
		const found = await getPanel(network.client, { ...at, round }).catch(() => undefined);
		return found && found.commitBy !== 0 ? found : undefined;
	});
	return panel.seats.map(({ node }) => node);
}

/** Commits and opens a vote with a juror's own key, whatever is true. */
export async function bribedVote(
	network: Network,
	at: Challenge,
	juror: PrivateKeyAccount,
	verdict: Verdict,
	digest: Hex,
) {
	const client = network.clientOf(juror);
	const [salt, vote, node] = [toHex(randomBytes(32)), { verdict, digest }, juror.address];
	const commitment = voteCommitment({ dispute: at.dispute, round: 0, node, vote, salt });
	const arbiter = { address: at.arbiter, abi: panelArbiterAbi, account: juror, chain: null } as const;
	await send(client, { ...arbiter, functionName: "vote", args: [at.dispute, commitment] });
	return async () => {
		const args = [at.dispute, verdictCode(verdict), digest, salt] as const;
		await send(client, { ...arbiter, functionName: "reveal", args });
	};
}

/** Gas to spare: whoever comes last in a round pays for what ends it, and that may change on the way. */
async function send(client: MarketClient, call: Parameters<MarketClient["writeContract"]>[0]): Promise<void> {
	const hash = await client.writeContract({ ...call, gas: 1_000_000n } as typeof call);
	const { status } = await client.waitForTransactionReceipt({ hash });
	assert.equal(status, "success", `${call.functionName} of the arbiter`);
}

/** Waits until so many jurors of the round that runs have committed, or opened, their votes. */
export async function waitForVotes(network: Network, at: Challenge, step: "committed" | "revealed", count: number) {
	await until(`${count} jurors have ${step}`, async () => {
		return (await getPanel(network.client, at)).seats.filter((seat) => seat[step]).length === count;
	});
}

/** Waits until a round has ended, and gives what its panel found. */
export async function voted(network: Network, at: Challenge, round = 0) {
	return until(`votes of ${at.dispute} in round ${round}`, async () => {
		const found = await getPanel(network.client, { ...at, round });
		const now = Number((await network.client.getBlock()).timestamp);
		return found.endedAt !== 0 && now >= found.endedAt ? found : undefined;
	});
}

export type Resolved = Extract<TimedEvent, { eventName: "Resolved" }>["args"];

export async function resolved(network: Network, job: PostedJob, { dispute }: Challenge): Promise<Resolved> {
	return until(`the verdict on ${dispute}`, async () => {
		const events = await getOrderEvents(network.client, { orderId: job.orderId });
		const found = events.find((event) => event.eventName === "Resolved" && event.args.dispute === dispute);
		return found?.eventName === "Resolved" ? found.args : undefined;
	});
}

/** The verdict on a challenge whose jurors have voted, or are about to, and which nobody appeals against. */
export async function unappealed(network: Network, job: PostedJob, at: Challenge): Promise<Resolved> {
	await voted(network, at);
	await network.pass(APPEAL_TIME + 1);
	return resolved(network, job, at);
}

/** Lets the time for challenges pass, after which an honest node is paid. */
export async function settled(network: Network, job: PostedJob): Promise<void> {
	await network.pass(CHALLENGE_TIME);
	await job.event("Settled");
}

/** Waits until a dispute whose job ended otherwise gave its bonds back. */
export async function reclaimed(network: Network, { dispute }: Challenge): Promise<void> {
	await until(`the bond of ${dispute} is back`, async () => {
		return (
			(await network.client.readContract({ ...marketOf(network), functionName: "disputeOf", args: [dispute] })).bond ===
			0n
		);
	});
}

export const marketOf = ({ client }: Network) => ({ address: client.deployment.market, abi: marketAbi }) as const;

export const verdictOf = ({ verdict }: Resolved): string => verdictName(verdict).toUpperCase();
