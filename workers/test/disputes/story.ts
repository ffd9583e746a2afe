import { randomBytes } from "node:crypto";
import { type Verdict, verdictCode, verdictName, voteCommitment } from "depin";
import { panelArbiterAbi } from "depin/abi";
import {
	challengeResult,
	getAccount,
	getJobFacts,
	getOrderEvents,
	getPanel,
	getReceipt,
	type TimedEvent,
} from "depin/actions";
import { createBundle, leafProof, type StatementTask } from "depin/jobs";
import { type Address, type Hex, toHex } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import { until } from "../until.ts";
import type { PostedJob } from "../world.ts";
import type { Network } from "./network.ts";

const UNIT = 1_000_000n;
/** "0.75": base units of the asset as people read them. */
export const money = (amount: bigint): string => {
	const [sign, size] = amount < 0n ? ["-", -amount] : ["", amount];
	return `${sign}${size / UNIT}.${`${size % UNIT}`.padStart(6, "0").replace(/0{1,4}$/, "")}`;
};

export type Challenge = { dispute: Hex; arbiter: Address; bond: bigint };

/** Challenges one task of a submitted job as `by`, with whatever its node published. */
export async function challenge(
	network: Network,
	job: PostedJob,
	by: PrivateKeyAccount,
	index = 0,
): Promise<Challenge> {
	await network.fund(by, 100_000_000n);
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
	const committed = await client.writeContract({ ...arbiter, functionName: "vote", args: [at.dispute, commitment] });
	await client.waitForTransactionReceipt({ hash: committed });
	return async () => {
		const args = [at.dispute, verdictCode(verdict), digest, salt] as const;
		const opened = await client.writeContract({ ...arbiter, functionName: "reveal", args });
		await client.waitForTransactionReceipt({ hash: opened });
	};
}

/** Waits until the votes of a round are in, and lets the time for an appeal pass. */
export async function voted(network: Network, at: Challenge, round = 0) {
	const panel = await until(`votes of ${at.dispute} in round ${round}`, async () => {
		const found = await getPanel(network.client, { ...at, round });
		const now = Number((await network.client.getBlock()).timestamp);
		return found.endedAt !== 0 && now >= found.endedAt ? found : undefined;
	});
	return panel;
}

export type Resolved = Extract<TimedEvent, { eventName: "Resolved" }>["args"];

export async function resolved(network: Network, job: PostedJob, { dispute }: Challenge): Promise<Resolved> {
	return until(`the verdict on ${dispute}`, async () => {
		const events = await getOrderEvents(network.client, { orderId: job.orderId });
		const found = events.find((event) => event.eventName === "Resolved" && event.args.dispute === dispute);
		return found?.eventName === "Resolved" ? found.args : undefined;
	});
}

/** Free balances of several accounts, and how they changed since. */
export async function purses<name extends string>(network: Network, named: Record<name, Address>) {
	const read = async () => {
		const entries = Object.entries<Address>(named).map(async ([name, account]) => {
			const { free } = await getAccount(network.client, { account });
			return [name, free] as const;
		});
		return Object.fromEntries(await Promise.all(entries)) as Record<name, bigint>;
	};
	const before = await read();
	return async () => {
		const after = await read();
		return Object.fromEntries(
			Object.entries<bigint>(after).map(([name, free]) => [name, free - before[name as name]]),
		) as Record<name, bigint>;
	};
}

/** Prints who got what, above the story's name. */
export function tell(verdict: string, parts: Record<string, bigint>): void {
	const all = Object.entries(parts).map(([who, amount]) => `${who} ${amount > 0n ? "+" : ""}${money(amount)}`);
	console.log(`${verdict}: ${all.join(", ")}`);
}

export const verdictOf = ({ verdict }: Resolved): string => verdictName(verdict).toUpperCase();
