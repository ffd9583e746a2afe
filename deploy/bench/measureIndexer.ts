import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CHAIN_ID, MARKET, PANEL, serveChain, writeChain } from "./chainFile.ts";
import { loadRequests } from "./loadRequests.ts";
import { measureQuotes } from "./measureQuotes.ts";
import { measureStreams } from "./measureStreams.ts";
import { startPonder } from "./ponderProcess.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { type Seeded, seedMirror } from "./seedMirror.ts";

export interface IndexerSizes {
	events: number;
	jobs: number;
	/** Of reading, and of listening. */
	seconds: number;
}

export interface IndexerFigures {
	/** Events a second of the mirror over those of the bare app: same chain file, same database server. */
	backfillRatio: number;
	mirrorEventsPerSecond: number;
	bareEventsPerSecond: number;
	/** From when a read was to be sent to the end of its answer. */
	readP50Ms: number;
	readP95Ms: number;
	readsFailed: number;
	/** Share of one processor that the load generator took. */
	readSenderCpu: number;
	/** The same of `POST /v1/quote` over a thousand live nodes. */
	quoteP50Ms: number;
	quoteP95Ms: number;
	quotesFailed: number;
	/** From when a block could be seen to its events at each of `sseClients` clients. */
	sseP50Ms: number;
	sseP95Ms: number;
	sseClients: number;
	/** Events that a client did not hear, or heard twice, over all of them. */
	sseMissed: number;
	sseDoubled: number;
	/** Memory of the gateway that serves them, MiB. */
	sseRssMiB: number;
}

const FILES = resolve(import.meta.dirname, "../../.depin/bench");
const RATE = 200;
const PORTS = { postgres: 9600, bare: 9601, mirror: 9602, gateway: 9603, liveMirror: 9604, liveGateway: 9605 };

/** Measures the indexer on a PostgreSQL server of its own. @throws SetupFailure without PostgreSQL */
export async function measureIndexer(sizes: IndexerSizes, say: (line: string) => void): Promise<IndexerFigures> {
	const path = join(FILES, `market-${sizes.events}.ndjson`);
	await writeChain(path, sizes.events);
	say(`chain file of ${sizes.events} events ready`);
	const dir = mkdtempSync(join(tmpdir(), "depin-bench-"));
	mkdirSync(dir, { recursive: true });
	const record = { chainId: CHAIN_ID, market: MARKET, asset: MARKET, arbiter: PANEL, startBlock: 0 };
	writeFileSync(join(dir, "deployment.json"), JSON.stringify(record));
	const postgres = await startPostgres(PORTS.postgres);
	const chain = await serveChain(path);
	const open: { stop(): Promise<void> }[] = [];
	try {
		// Each in a database of its own: Ponder keeps what it fetched in one that all apps of a database share.
		const backfill = async (app: string, schema: string, port: number, databaseUrl: string) => {
			chain.forget();
			const ponder = startPonder({ app, schema, port, dir, rpcUrl: chain.url, databaseUrl });
			open.push(ponder);
			const ready = await ponder.ready();
			const seconds = (ready - (chain.askedForLogs() ?? Number.NaN)) / 1_000;
			say(`${app}: ${sizes.events} events in ${seconds.toFixed(1)} s`);
			return { ponder, perSecond: sizes.events / seconds };
		};
		const bare = await backfill("indexer/bench/bare", "bare", PORTS.bare, await postgres.createDatabase("bare"));
		await bare.ponder.stop();
		const mirror = await backfill("indexer", "mirror", PORTS.mirror, postgres.url);
		const seeded = await seedMirror(postgres, "mirror", sizes.jobs);
		say(`${sizes.jobs} jobs of ${seeded.orders} orders seeded; ${await bytesOf(postgres)} on disk`);
		const requestOf = (index: number) => ({ path: pathOfRead(seeded, index) });
		await loadRequests(mirror.ponder.url, { rate: RATE / 4, seconds: 2, requestOf }); // connections, plans, compiled code
		const load = await loadRequests(mirror.ponder.url, { rate: RATE, seconds: sizes.seconds, requestOf });
		const quotes = await measureQuotes({
			postgres,
			mirrorUrl: mirror.ponder.url,
			rpcUrl: chain.url,
			dir,
			port: PORTS.gateway,
		});
		await mirror.ponder.stop();
		const streams = await measureStreams({
			files: FILES,
			dir,
			databaseUrl: await postgres.createDatabase("live"),
			ports: { mirror: PORTS.liveMirror, gateway: PORTS.liveGateway },
			seconds: sizes.seconds,
		});
		return {
			backfillRatio: round(mirror.perSecond / bare.perSecond, 2),
			mirrorEventsPerSecond: round(mirror.perSecond, 0),
			bareEventsPerSecond: round(bare.perSecond, 0),
			readP50Ms: round(load.p50Ms, 1),
			readP95Ms: round(load.p95Ms, 1),
			readsFailed: load.failed,
			readSenderCpu: round(load.senderCpu, 2),
			quoteP50Ms: round(quotes.p50Ms, 1),
			quoteP95Ms: round(quotes.p95Ms, 1),
			quotesFailed: quotes.failed,
			sseP50Ms: streams.p50Ms,
			sseP95Ms: streams.p95Ms,
			sseClients: streams.clients,
			sseMissed: streams.missed,
			sseDoubled: streams.doubled,
			sseRssMiB: round(streams.rssMiB, 0),
		};
	} finally {
		for (const started of open) await started.stop();
		chain.close();
		await postgres.stop();
		rmSync(dir, { recursive: true, force: true });
	}
}

/** Lists and details in turn, each about another order, account or node. */
function pathOfRead({ orders, orderId, consumer, node }: Seeded, index: number): string {
	const some = Math.imul(index + 1, 2_654_435_761) >>> 0;
	const order = some % orders;
	const paths = [
		`/v1/orders/${orderId(order)}`,
		`/v1/jobs/${orderId(order)}/${some % 4}`,
		`/v1/jobs?consumer=${consumer(order)}&limit=20`,
		`/v1/orders?consumer=${consumer(order)}&limit=20`,
		`/v1/jobs?node=${node(order)}&limit=20`,
		"/v1/jobs?state=running&limit=20",
		`/v1/orders/${orderId(order)}/jobs`,
		"/v1/orders?limit=20",
	];
	return paths[index % paths.length] ?? "";
}

async function bytesOf(postgres: Postgres): Promise<string> {
	const [row] = await postgres.query<{ size: string }>("select pg_size_pretty(pg_database_size('postgres')) size");
	return row?.size ?? "unknown";
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));
