// A feed that grows, loses its end and grows again, under clients that come, go and come back: each ends with exactly the
// events there are. The mirror is a stand-in that changes as the seed says; test/gateway.test.ts has a real one.
import assert from "node:assert/strict";
import { after, afterEach, before, suite, test } from "node:test";
import { type EventJson, problemSchema } from "depin/indexer";
import { createListener, type Listener, streams } from "../test/listener.ts";
import { until } from "../test/mirror.ts";
import { type StandIn, startStandIn } from "../test/standIn.ts";

const NODES = [`0x${"01".repeat(20)}`, `0x${"02".repeat(20)}`] as const;

suite("stream", { timeout: 120_000 }, () => {
	let standIn: StandIn;
	let url: string;
	let rows: EventJson[] = [];
	let seed = 1;
	const draw = (most: number) => {
		seed = (seed * 16_807) % 2_147_483_647;
		return seed % most;
	};
	const listeners: Listener[] = [];

	before(async () => {
		grow(700);
		standIn = await startStandIn(
			({ body }) => {
				const asked = JSON.parse(body) as { query: string; variables: Variables };
				const { where, limit, after: cursor, id } = asked.variables;
				if (id !== undefined) return { body: { data: { event: rows.find((one) => one.id === id) ?? null } } };
				const found = rows.filter((row) => fits(row, where));
				const ordered = asked.query.includes("desc") ? found.toReversed() : found;
				const start = cursor === null ? 0 : ordered.findIndex((row) => row.id === cursor) + 1;
				const items = ordered.slice(start, start + limit);
				const pageInfo = { endCursor: items.at(-1)?.id ?? null, hasNextPage: start + limit < ordered.length };
				return { body: { data: { events: { items, pageInfo } } } };
			},
			{ limits: { perMinute: 1_000_000, burst: 100_000, streamsPerClient: 50 } },
		);
		({ url } = standIn.gateway);
		standIn.blocks.mirror = standIn.blocks.chain = height();
		await until(() => streams(url));
	});
	afterEach(async () => {
		for (const open of listeners.splice(0)) await open.cut();
	});
	after(() => standIn.close());

	const height = () => rows.at(-1)?.block ?? 0;
	let salt = 0;
	/** `count` more blocks of none to three events. */
	function grow(count: number): void {
		const start = Math.max(height(), standIn?.blocks.mirror ?? 0);
		for (let block = start + 1; block <= start + count; block++) {
			for (let log = 0; log < draw(4); log++) rows.push(row(block, log));
		}
		if (standIn) standIn.blocks.mirror = standIn.blocks.chain = start + count;
	}
	function row(block: number, logIndex: number): EventJson {
		const hash = `0x${(++salt).toString(16).padStart(64, "a")}` as const;
		return {
			id: `${String(block).padStart(12, "0")}-${String(logIndex).padStart(6, "0")}`,
			name: draw(2) === 0 ? "Claimed" : "Submitted",
			orderId: hash,
			number: 0,
			node: NODES[draw(2)] ?? null,
			dispute: null,
			account: null,
			args: { salt },
			block,
			time: block,
			tx: `0x${hash.slice(2).split("").reverse().join("")}`,
			logIndex,
		};
	}
	/** The chain takes the last blocks back and goes another way. */
	function reorg(depth: number): void {
		const keep = standIn.blocks.mirror - depth;
		rows = rows.filter(({ block }) => block <= keep);
		standIn.blocks.mirror = keep;
		grow(depth + draw(3));
	}
	async function listener(query = ""): Promise<Listener> {
		const made = createListener(url, query);
		listeners.push(made);
		await made.open();
		return made;
	}
	/** Waits until a listener has exactly the rows from `from` on that match. */
	async function settled(who: Listener, { from, where = {} }: { from: string; where?: Where }): Promise<void> {
		const expected = () => rows.filter((one) => one.id >= from && fits(one, where));
		const agrees = () => {
			const got = [...who.rows.values()].filter(({ id }) => id >= from).toSorted((a, b) => (a.id < b.id ? -1 : 1));
			return JSON.stringify(got) === JSON.stringify(expected());
		};
		await until(async () => agrees());
	}
	const newest = () => `${String(standIn.blocks.mirror + 1).padStart(12, "0")}-000000`;

	test("default: what happens is told once, in order", async () => {
		const from = newest();
		const who = await listener();
		for (let round = 0; round < 5; round++) {
			grow(4);
			await settled(who, { from });
		}
		assert.ok(who.rows.size > 10);
		assert.equal(who.rewinds, 0);
	});

	test("behavior: the latest rows come first, also older ones than are held", async () => {
		const who = await listener("?rows=100");
		assert.deepEqual(
			[...who.rows.keys()],
			rows.slice(-100).map(({ id }) => id),
		);
		const where = { node: NODES[0], name: "Claimed" };
		const filtered = await listener(`?rows=100&node=${NODES[0]}&name=Claimed`);
		const expected = rows.filter((one) => fits(one, where)).slice(-100);
		assert.deepEqual(
			[...filtered.rows.keys()],
			expected.map(({ id }) => id),
		);
	});

	test("behavior: blocks taken back are taken back from clients, and what replaced them is told", async () => {
		const from = newest();
		const who = await listener();
		grow(30);
		await settled(who, { from });
		reorg(25);
		await settled(who, { from });
		assert.ok(who.rewinds >= 1);
	});

	test("behavior: clients that come and go miss nothing and get nothing twice, through reorgs", async () => {
		const from = newest();
		const where = { node: NODES[1] };
		const [steady, comeback, filtered] = [await listener(), await listener(), await listener(`?node=${NODES[1]}`)];
		for (let round = 0; round < 40; round++) {
			if (draw(3) === 0) reorg(1 + draw(29));
			else grow(1 + draw(5));
			if (draw(4) === 0)
				await comeback
					.cut()
					.then(() => (draw(2) === 0 ? reorg(1 + draw(29)) : grow(3)))
					.then(comeback.open);
			if (draw(4) === 0)
				await filtered
					.cut()
					.then(() => reorg(1 + draw(9)))
					.then(filtered.open);
			if (draw(5) === 0) await settled(steady, { from });
		}
		await settled(steady, { from });
		await settled(comeback, { from });
		await settled(filtered, { from, where });
	});

	test("behavior: a client that was away for long gets all that it missed", async () => {
		const from = newest();
		const who = await listener();
		grow(5);
		await settled(who, { from });
		await who.cut();
		for (let round = 0; round < 4; round++) {
			const block = standIn.blocks.mirror;
			grow(300);
			await until(async () => ((await (await fetch(`${url}/ready`)).json()) as { block: number }).block > block);
		}
		await who.open();
		await settled(who, { from });
		assert.equal(who.rewinds, 0);
	});

	test("behavior: a place of another chain voids everything", async () => {
		const answer = await fetch(`${url}/v1/stream`, {
			headers: { "Last-Event-ID": "000000000003-000000.ffffffffffff.ffffffff" },
			signal: AbortSignal.timeout(30_000),
		});
		const reader = answer.body?.getReader();
		let text = "";
		while (!text.includes("event: open")) text += new TextDecoder().decode((await reader?.read())?.value);
		await reader?.cancel();
		assert.match(text, /event: rewind\nid: 000000000000-000000\.start\.[0-9a-f]{8}\n/);
		assert.equal(text.match(/^event: event$/gm)?.length, rows.length);
	});

	test("behavior: what cannot be understood is refused by field", async () => {
		const cases: [string, string, Record<string, string>][] = [
			["rows", "?rows=101", {}],
			["rows", "?rows=-1", {}],
			["node", "?node=0x12", {}],
			["nobody", "?nobody=1", {}],
			["Last-Event-ID", "", { "Last-Event-ID": "7" }],
		];
		for (const [path, query, headers] of cases) {
			const answer = await fetch(`${url}/v1/stream${query}`, { headers });
			assert.equal(answer.status, 400);
			assert.deepEqual(
				problemSchema.parse(await answer.json()).errors?.map((error) => error.path),
				[path],
			);
		}
	});

	test("behavior: one client cannot take all streams", async () => {
		for (let index = 0; index < 50; index++) await listener();
		assert.equal((await fetch(`${url}/v1/stream`)).status, 429);
		await listeners[0]?.cut();
		await until(async () => {
			const answer = await fetch(`${url}/v1/stream`);
			await answer.body?.cancel();
			return answer.status === 200;
		});
	});
});

type Where = Record<string, string | number>;
type Variables = { where: Where; limit: number; after: string | null; id?: string };

function fits(row: EventJson, where: Where): boolean {
	return Object.entries(where).every(([key, value]) => {
		if (key === "block_gte") return row.block >= Number(value);
		if (key === "block_lte") return row.block <= Number(value);
		return String(row[key as keyof EventJson]) === value;
	});
}
