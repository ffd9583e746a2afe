// Every event of the market and its panel is kept as sent, in order, before its handler draws conclusions from it.

import { type Context, type EventNames, type IndexingFunctionArgs, ponder } from "ponder:registry";
import { challenge, event as eventTable } from "ponder:schema";
import type { EventJson } from "depin/indexer";
import type { Hex } from "viem";

export type Db = Context["db"];

/** Where and when something happened on chain: the part that all events have in common. */
export type Moment = {
	block: { number: bigint; timestamp: bigint };
	transaction: { hash: Hex };
	log: { logIndex: number };
};

/** Columns of a {@link Moment}. Times are the chain's, so that an index built later has the same rows. */
export function momentOf({ block, transaction, log }: Moment) {
	return {
		block: Number(block.number),
		time: Number(block.timestamp),
		tx: transaction.hash,
		logIndex: log.logIndex,
	};
}

/** A key that sorts as text in the order in which things happened. */
export function sequenceOf({ block, log }: Moment): string {
	return `${String(block.number).padStart(12, "0")}-${String(log.logIndex).padStart(6, "0")}`;
}

/** Registers the handler of one event; the event joins the timeline first. */
export function on<name extends EventNames>(
	name: name,
	handle: (args: IndexingFunctionArgs<name>) => Promise<void>,
): void {
	ponder.on(name, async (args) => {
		const { event, context } = args as unknown as {
			event: Moment & { args: Record<string, unknown> };
			context: Context;
		};
		await keep(context.db, name.slice(name.indexOf(":") + 1), event);
		await handle(args as IndexingFunctionArgs<name>);
	});
}

/** Whose doing an event is, by the name it goes by there. */
const whose = ["account", "consumer", "owner", "challenger", "appellant"];

async function keep(db: Db, name: string, event: Moment & { args: Record<string, unknown> }): Promise<void> {
	const args = readable(event.args) as EventJson["args"];
	const hex = (key: string) => (typeof args[key] === "string" ? (args[key] as Hex) : null);
	const dispute = hex("dispute");
	// What happens to a dispute happens to its job.
	const disputed = dispute && (await db.find(challenge, { id: dispute }));
	await db.insert(eventTable).values({
		id: sequenceOf(event),
		name,
		orderId: hex("id") ?? disputed?.orderId ?? null,
		number: typeof args["job"] === "number" ? args["job"] : (disputed?.number ?? null),
		node: hex("node"),
		dispute,
		account: whose.map(hex).find((address) => address !== null) ?? null,
		args,
		...momentOf(event),
	});
}

/** The same values as JSON can hold them: amounts as decimal strings, hex in lower case. */
function readable(value: unknown): unknown {
	if (typeof value === "bigint") return value.toString();
	if (typeof value === "string") return /^0x[0-9a-f]*$/i.test(value) ? value.toLowerCase() : value;
	if (Array.isArray(value)) return value.map(readable);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}
