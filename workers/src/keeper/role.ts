import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { getAccount, getConfig } from "depin/actions";
import type { Address } from "viem";
import { z } from "zod";
import { createBlockTimes } from "../runtime/blockTimes.ts";
import { connectChain } from "../runtime/chain.ts";
import { createChainClock } from "../runtime/chainClock.ts";
import { amountSchema, baseFields, besideConfig, chainSchema, keySchema, listenSchema } from "../runtime/config.ts";
import { startHttp } from "../runtime/http.ts";
import { loadKey } from "../runtime/keyFile.ts";
import { repeat } from "../runtime/loop.ts";
import type { Role } from "../runtime/role.ts";
import { createTransactor } from "../runtime/transact.ts";
import { type MarketUpdate, watchMarket } from "../runtime/watchMarket.ts";
import { createActor } from "./act.ts";
import { beaconOf } from "./beacon.ts";
import { decide } from "./decide.ts";
import { openJournal } from "./journal.ts";
import { readPanels } from "./panels.ts";

export const keeperConfig = z.strictObject({
	...baseFields,
	chain: chainSchema,
	/** A small hot key: it pays gas, and earns a fifth of what silent nodes lose. */
	key: keySchema,
	listen: listenSchema(8190),
	stateDir: z.string().min(1).default("state"),
	// Faster than a block changes nothing; slower than a minute leaves people waiting for their money.
	everySeconds: z.number().min(0.1).max(60).default(5),
	/** An owner's fees are swept from this amount on, in base units: less is not worth the gas. */
	sweepFrom: amountSchema.default(1_000_000n),
	sweepEverySeconds: z.number().min(1).max(86_400).default(600),
});

export const keeperRole: Role<typeof keeperConfig> = {
	name: "keeper",
	schema: keeperConfig,
	async run({ config, configFile, log, metrics, life }) {
		const { signal, draining } = life;
		const account = await loadKey(config.key, configFile);
		const client = await connectChain(config.chain, { signal, account });
		const stateDir = besideConfig(configFile, config.stateDir);
		await mkdir(stateDir, { recursive: true });
		const { chainId, market } = client.deployment;
		const journal = openJournal(join(stateDir, "keeper.sqlite"), `${chainId}/${market.toLowerCase()}`);
		life.defer("journal", journal.close);
		const transactor = createTransactor({ client, account, signal, log, metrics });
		const beacon = beaconOf(chainId);
		if (!beacon.known) log.warn({ chainId }, "this keeper knows no beacon of this chain: jurors are drawn by others");
		const actor = createActor({ transactor, beacon, log, metrics });
		const clock = createChainClock();
		const timeOf = createBlockTimes(client);
		const { challengeFloor } = await getConfig(client);
		const known = metrics.gauge("depin_keeper_unfinished_orders", "Orders that are followed");
		let follows = { caughtUp: false, answers: false };
		let fees = new Map<Address, bigint>();

		const handle = async (update: MarketUpdate) => {
			if (update.kind === "reorg") {
				journal.rewind(update.toBlock, update.cursor);
				return actor.reset();
			}
			const timed = await Promise.all(update.events.map(async (event) => ({ event, time: await timeOf(event) })));
			journal.append(timed, update.cursor);
			clock.observe(update.head);
			transactor.poke();
			known.set(journal.state.orders.size);
			follows = { ...follows, caughtUp: update.caughtUp };
		};
		const keep = async () => {
			if (!follows.caughtUp) return;
			const { sweepFrom } = config;
			const { state } = journal;
			const now = clock.now();
			const panels = await readPanels(client, state.disputes, { now, draws: beacon.known });
			const calls = decide({ state, now, jailed: actor.jailed, fees, sweepFrom, challengeFloor, panels });
			// What was read is spent by acting on it: sweeping the same fees twice would pay gas for nothing.
			fees = new Map();
			await actor.perform(calls);
		};
		const readFees = async () => {
			const read = async (owner: Address) => [owner, (await getAccount(client, { account: owner })).fees] as const;
			fees = new Map(await Promise.all([...journal.state.owners].map(read)));
		};

		const ready = () => {
			const { trouble } = actor;
			return { ready: follows.caughtUp && follows.answers && !trouble, ...follows, ...(trouble ? { trouble } : {}) };
		};
		const http = await startHttp({ listen: config.listen, metrics, ready });
		life.defer("http", http.close);
		log.info({ listening: http.url, keeper: account.address, market, chainId }, "keeper is up");

		const onContact = (answers: boolean) => {
			follows = { ...follows, answers };
		};
		const { wsUrl } = config.chain;
		const loop = { signal: draining, log };
		await Promise.all([
			watchMarket({ client, wsUrl, cursor: journal.cursor, signal: draining, log, metrics, onContact, handle }),
			repeat({ ...loop, name: "keep", everyMs: config.everySeconds * 1000 }, keep),
			repeat({ ...loop, name: "fees", everyMs: config.sweepEverySeconds * 1000 }, readFees),
		]);
	},
};
