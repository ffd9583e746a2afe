// One order as a page shows it. The chain tells it; where the chain does not answer, the indexer's copy does, and says so.
import type { JobStanding, JobState, Order } from "depin";
import { jobStates } from "depin";
import type { OrderStory } from "depin/actions";
import type { IndexedEvent, IndexedJob, IndexedOrder } from "depin/indexer";
import type { Hex } from "viem";

export type Entry = {
	id: string;
	name: string;
	/** Undefined: of the whole order. */
	job: number | undefined;
	time: number;
	tx: Hex;
	block: number;
	args: Readonly<Record<string, unknown>>;
};

export type JobView = Pick<
	JobStanding,
	"state" | "node" | "deadline" | "status" | "exitCode" | "pay" | "fee" | "refund"
> & {
	job: number;
};

export type OrderView = {
	orderId: Hex;
	source: "chain" | "indexer";
	terms: Pick<
		Order,
		"consumer" | "class" | "lots" | "tasksPerLot" | "metered" | "startPrice" | "maxPrice" | "maxRun" | "challengeFor"
	>;
	postedAt: number;
	closed: boolean;
	entries: readonly Entry[];
	jobs: readonly JobView[];
};

export function viewOfStory({ orderId, order, postedAt, events, jobs }: OrderStory): OrderView {
	const entries = events.map((event): Entry => {
		const { eventName: name, args, time, transactionHash: tx, blockNumber, blockHash, logIndex } = event;
		const job = "job" in args ? args.job : undefined;
		return { id: `${blockHash}-${logIndex}`, name, job, time, tx, block: Number(blockNumber), args };
	});
	const closed = events.some(({ eventName }) => eventName === "Closed");
	return { orderId, source: "chain", terms: order, postedAt, closed, entries, jobs };
}

export function viewOfRows(
	order: IndexedOrder,
	rows: readonly IndexedJob[],
	events: readonly IndexedEvent[],
): OrderView {
	const known = new Map(rows.map((row) => [row.number, row]));
	const jobs = Array.from({ length: order.jobs }, (_, job): JobView => {
		const row = known.get(job);
		if (row === undefined) return { job, state: order.closed ? "void" : "open" };
		const { state, node, deadline, status, pay, fee, refund } = row;
		return {
			job,
			state: isState(state) ? state : "none",
			...(node === null ? {} : { node }),
			...(deadline === null ? {} : { deadline }),
			...(status === null ? {} : { status }),
			...(pay === null ? {} : { pay }),
			...(fee === null ? {} : { fee }),
			...(refund === null ? {} : { refund }),
		};
	});
	const entries = events.map(({ id, name, number, time, tx, block, args }): Entry => {
		return { id, name, job: number ?? undefined, time, tx, block, args };
	});
	const { id: orderId, postedAt, closed } = order;
	return { orderId, source: "indexer", terms: order, postedAt, closed, entries, jobs };
}

function isState(text: string): text is JobState {
	return jobStates.some((state) => state === text);
}

/** What one job went through: its order's events and its own, oldest first. */
export function entriesOf({ entries }: OrderView, job: number): Entry[] {
	return entries.filter((entry) => entry.job === undefined || entry.job === job);
}
