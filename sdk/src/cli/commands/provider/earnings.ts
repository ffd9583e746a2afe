import type { Address } from "viem";
import { getNode } from "../../../actions/getNode.ts";
import { listNodes } from "../../../actions/listNodes.ts";
import { getMarketLogs } from "../../../actions/logs.ts";
import { selectorOf, topicOf } from "../../../actions/topics.ts";
import type { MarketEvent } from "../../../actions/write.ts";
import type { CommandModule } from "../../commandModule.ts";
import { table } from "../../output.ts";
import { openSession } from "../../session.ts";
import { addressOf } from "../balance.ts";

const endings = ["Settled", "Submitted", "Reopened", "Voided", "Expired"] as const;

export const earnings: CommandModule = {
	usage: "earnings [owner]",
	summary: "what your nodes earned, paid in fees, lost, and what waits to be settled; from chain events",
	examples: ["depin provider earnings", "depin provider earnings 0x3C44…93BC --json"],
	run: async (context, [text]) => {
		const session = await openSession(context);
		const owner = text === undefined ? session.signer() : addressOf(text);
		const nodes = await listNodes(session.client, { owner });
		const topics = [endings.map(selectorOf), null, null, nodes.map(topicOf)];
		const events = nodes.length === 0 ? [] : await getMarketLogs(session.client, { topics });
		const rows = await Promise.all(
			nodes.map(async (node) => {
				const { status, stake } = await getNode(session.client, { node });
				return { node, status, stake, ...recordOf(events, node) };
			}),
		);
		const sum = (field: "earned" | "fees" | "slashed" | "waiting") =>
			rows.reduce((total, row) => total + row[field], 0n);
		const totals = { earned: sum("earned"), fees: sum("fees"), slashed: sum("slashed"), waiting: sum("waiting") };
		const { amount } = session;
		context.out.answer(
			{ owner, nodes: rows, totals },
			rows.length === 0
				? [`${owner} has no nodes; \`depin provider register\` makes one`]
				: [
						...table([
							["NODE", "STATUS", "STAKE", "JOBS PAID", "EARNED", "FEES", "LOST"],
							...rows.map((row) => [
								row.node,
								row.status,
								amount(row.stake),
								String(row.jobsPaid),
								amount(row.earned),
								amount(row.fees),
								amount(row.slashed),
							]),
						]),
						`earned ${amount(totals.earned)} after fees; ${amount(totals.waiting)} submitted and not settled yet`,
					],
		);
	},
};

type NodeRecord = {
	/** After fees. */
	earned: bigint;
	fees: bigint;
	/** For silence. */
	slashed: bigint;
	/** Submitted, not settled: before fees. */
	waiting: bigint;
	jobsPaid: number;
	jobsExpired: number;
};

/** What one node's events add up to. */
export function recordOf(events: readonly MarketEvent[], node: Address): NodeRecord {
	const record: NodeRecord = { earned: 0n, fees: 0n, slashed: 0n, waiting: 0n, jobsPaid: 0, jobsExpired: 0 };
	const unsettled = new Map<string, bigint>();
	for (const event of events) {
		if (!("job" in event.args) || !("node" in event.args) || event.args.node !== node) continue;
		const job = `${event.args.id}/${event.args.job}`;
		unsettled.delete(job);
		if (event.eventName === "Submitted") unsettled.set(job, event.args.pay);
		if (event.eventName === "Settled") {
			record.earned += event.args.pay - event.args.fee;
			record.fees += event.args.fee;
			record.jobsPaid += 1;
		}
		if (event.eventName === "Expired") {
			record.slashed += event.args.slash;
			record.jobsExpired += 1;
		}
	}
	for (const pay of unsettled.values()) record.waiting += pay;
	return record;
}
