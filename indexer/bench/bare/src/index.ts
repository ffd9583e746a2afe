// Two writes an event: it is kept, and counted.
import { ponder } from "ponder:registry";
import { happened, tally } from "ponder:schema";
import { marketAbi } from "depin/abi";

for (const entry of marketAbi) {
	if (entry.type !== "event") continue;
	const { name } = entry;
	ponder.on(`Market:${name}`, async ({ event, context }) => {
		const { block, transaction } = event;
		await context.db.insert(happened).values({ id: event.id, name, block: block.number, tx: transaction.hash });
		await context.db
			.insert(tally)
			.values({ name, events: 1 })
			.onConflictDoUpdate((row) => ({ events: row.events + 1 }));
	});
}
