import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChannelAccess, type ChannelGrant, type LogEvent, signChannelAccess } from "depin/channel";
import type { Hono } from "hono";
import type { Hex } from "viem";
import { orderId as idOf } from "../../../../sdk/src/chain/terms.ts";
import { type LocalMarket, startLocalMarket, testAccount } from "../../../../sdk/test/localMarket.ts";
import { draft } from "../../../test/orders.ts";
import { createLog } from "../../runtime/log.ts";
import { openJournal } from "../journal.ts";
import { type WorkStore, workStore } from "../works.ts";
import { createLogBook, type LogBook } from "./logBook.ts";
import { channelRoutes } from "./routes.ts";

/** A node's channel without its node: a real chain and journal, and a log that the test writes. */
export type TestChannel = {
	market: LocalMarket;
	app: Hono;
	book: LogBook;
	works: WorkStore;
	consumer: ReturnType<typeof testAccount>;
	node: ReturnType<typeof testAccount>;
	/** Job 0 and 1 of it are this node's, and run. */
	orderId: Hex;
	/** A job of another consumer. */
	claimFor(consumer: ReturnType<typeof testAccount>["address"]): Promise<Hex>;
	grant(changes?: Partial<ChannelGrant>, signer?: ReturnType<typeof testAccount>): Promise<ChannelAccess>;
	stop(): Promise<void>;
};

export const soon = (): number => Math.floor(Date.now() / 1000) + 3600;

export async function startTestChannel(): Promise<TestChannel> {
	const [consumer, node] = [testAccount(1), testAccount(2)];
	const market = await startLocalMarket();
	const client = market.client(consumer);
	const dir = await mkdtemp(join(tmpdir(), "depin-channel-"));
	const journal = openJournal(join(dir, "node.db"));
	const works = workStore(journal);
	const book = createLogBook();
	let salt = 1n;

	async function claim(of: Hex, jobs: readonly number[]): Promise<Hex> {
		salt += 1n;
		const order = { ...(await draft(client, {}, 2)), consumer: of, salt };
		const id = idOf(client.deployment, order);
		for (const job of jobs) {
			works.begin({ orderId: id, job, order, uri: "", postedAt: 0 });
			works.update({ orderId: id, job }, { step: "running", claimedAt: 1 });
		}
		return id;
	}

	const orderId = await claim(consumer.address, [0, 1]);
	const log = createLog({ role: "node", level: "fatal" });
	return {
		market,
		book,
		works,
		consumer,
		node,
		orderId,
		app: channelRoutes({ account: node as never, client: market.client(node), works, book, log }),
		claimFor: (of) => claim(of, [0]),
		grant: (changes, signer = consumer) =>
			signChannelAccess(client.deployment, signer, {
				orderId,
				node: node.address,
				expiresAt: soon(),
				...changes,
			}),
		async stop() {
			journal.close();
			await market.stop();
			await rm(dir, { recursive: true });
		},
	};
}

/** What a reader was told, as `task.line text`, `truncated` and `end`. */
export async function transcript(events: AsyncIterable<LogEvent>): Promise<string[]> {
	const told: string[] = [];
	for await (const event of events) {
		if (event.kind === "end") told.push(`end: ${event.because}`);
		else {
			told.push(...event.lines.map((line, index) => `${event.task}.${event.from + index} ${line}`));
			if (event.truncated) told.push("truncated");
		}
	}
	return told;
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
