// What programs may rely on: every route's shape, paging that misses nothing, and refusals that name the field.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { createIndexerClient, type IndexerClient, jobSchema, pageSchema, problemSchema } from "depin/indexer";
import { type LocalChain, startChain } from "./chain.ts";
import { table } from "./compare.ts";
import { type Mirror, type Rows, startMirror } from "./mirror.ts";
import { open, script } from "./script.ts";
import { createWorld, type World } from "./world.ts";

type Page<T> = { items: T[]; nextCursor: string | null };

suite("api", { timeout: 300_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-mirror-"));
	let chain: LocalChain;
	let world: World;
	let mirror: Mirror;
	let indexer: IndexerClient;
	let rows: Rows;

	before(async () => {
		chain = await startChain(dir);
		world = await createWorld(chain, 3);
		await open(world);
		await script(world);
		mirror = await startMirror({ ...chain, dir });
		await mirror.follows(chain);
		indexer = createIndexerClient({ url: mirror.url });
		rows = await mirror.rows();
	});
	after(async () => {
		await mirror?.stop();
		await chain.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test("default", async () => {
		const { market, chainId, block } = await indexer.status();
		assert.deepEqual([market, chainId], [chain.market.toLowerCase(), 31337]);
		assert.equal(block, Number(await chain.client.getBlockNumber()));
		const { totals, parameters } = await indexer.market();
		assert.equal(`${totals.pool}`, table(rows, "total")[0]?.["pool"]);
		assert.equal(parameters["feeBps"], 200n);
		for (const { address, free } of table(rows, "account")) {
			assert.equal((await indexer.account(String(address))).free, BigInt(String(free)));
		}
		for (const { address } of table(rows, "provider")) await indexer.provider(String(address));
		for (const { address, stake } of table(rows, "node")) {
			assert.equal((await indexer.node(String(address))).stake, BigInt(String(stake)));
		}
		for (const { id } of table(rows, "order")) assert.equal((await indexer.order(String(id))).order.id, id);
		for (const { orderId, number, attempts } of table(rows, "job")) {
			const { job, results, events } = await indexer.job(String(orderId), Number(number));
			assert.equal(job.number, number);
			assert.ok(results.length <= Number(attempts));
			assert.equal(events[0]?.name, "Claimed");
		}
		assert.equal((await indexer.classes()).items.length, 2);
	});

	test("behavior: supply and demand over time, in hours and in days, add up to the same", async () => {
		const stats = await all((cursor) => indexer.stats({ limit: 1, ...(cursor === null ? {} : { cursor }) }));
		assert.deepEqual(
			stats.map(({ class: id, nodes }) => [id, nodes]),
			table(rows, "classRecord").map(({ id, active }) => [id, active]),
		);
		const { time } = await indexer.status();
		const from = time - 30 * 86_400;
		for (const { class: id, running, open: onOffer } of stats) {
			const days = (await indexer.series({ class: id, bucket: "day", from })).points;
			const weeks = [0, 1, 2, 3, 4].map((week) => [from + week * 7 * 86_400, from + (week + 1) * 7 * 86_400] as const);
			const hours: typeof days = [];
			for (const [start, end] of weeks) {
				const { points } = await indexer.series({ class: id, from: hours.at(-1)?.end ?? start, to: end });
				hours.push(...points);
			}
			assert.equal(days.at(-1)?.end, time);
			for (const points of [days, hours])
				for (const [index, { start }] of points.entries())
					if (index > 0) assert.equal(start, points[index - 1]?.end, "no gaps");
			const sum = (points: typeof days, name: "posted" | "claimed" | "jobsOk") =>
				points.reduce((total, point) => total + point[name], 0);
			for (const name of ["posted", "claimed", "jobsOk"] as const)
				assert.equal(sum(hours, name), sum(days, name), name);
			const jobs = table(rows, "order").filter((order) => order["class"] === id);
			assert.equal(
				sum(days, "posted"),
				jobs.reduce((total, order) => total + Number(order["jobs"]), 0),
			);
			assert.equal(
				onOffer,
				jobs.reduce((total, order) => total + Number(order["unclaimed"]), 0),
			);
			assert.equal(
				running,
				jobs.reduce((total, order) => total + Number(order["running"]), 0),
			);
		}
	});

	test("behavior: pages join up to the whole list", async () => {
		const lists: [string, (page: { cursor?: string; limit: number }) => Promise<Page<unknown>>][] = [
			["order", (page) => indexer.orders(page)],
			["job", (page) => indexer.jobs(page)],
			["result", (page) => indexer.results(page)],
			["challenge", (page) => indexer.challenges(page)],
			["slashing", (page) => indexer.slashings(page)],
			["node", (page) => indexer.nodes(page)],
			["provider", (page) => indexer.providers(page)],
			["payment", (page) => indexer.payments(page)],
		];
		for (const [name, read] of lists) {
			const items = await all((cursor) => read({ limit: 7, ...(cursor === null ? {} : { cursor }) }));
			assert.equal(items.length, table(rows, name).length, name);
			assert.equal(
				new Set(items.map((item) => JSON.stringify(item, bigint))).size,
				items.length,
				`${name}: none twice`,
			);
		}
	});

	test("behavior: filters keep what they say", async () => {
		const [consumer] = world.consumers;
		const { items } = await indexer.orders({ consumer: String(consumer), state: "done" });
		const expected = table(rows, "order").filter(
			(order) => order["consumer"] === consumer?.toLowerCase() && order["state"] === "done",
		);
		assert.ok(items.length > 0);
		assert.equal(items.length, expected.length);
		const suspended = await indexer.nodes({ status: "retired", class: 1 });
		assert.deepEqual(
			suspended.items.map(({ status }) => status),
			["retired"],
		);
		const account = String(world.keeper).toLowerCase();
		const { items: payments } = await indexer.payments({ account });
		assert.ok(payments.length > 0 && payments.every(({ from, to }) => from === account || to === account));
	});

	test("behavior: an order shows jobs that nobody ever claimed", async () => {
		const order = table(rows, "order").find(({ lots }) => lots === 6);
		const response = await fetch(`${mirror.url}/v1/orders/${order?.["id"]}/jobs?limit=4`);
		const first = pageSchema(jobSchema).parse(await response.json());
		const rest = await fetch(`${mirror.url}/v1/orders/${order?.["id"]}/jobs?cursor=${first.nextCursor}`);
		const last = pageSchema(jobSchema).parse(await rest.json());
		assert.deepEqual(
			[...first.items, ...last.items].map(({ number }) => number),
			[0, 1, 2, 3, 4, 5],
		);
		assert.equal(last.nextCursor, null);
		assert.deepEqual([last.items[1]?.state, last.items[1]?.attempts], ["void", 0]);
		assert.equal((await indexer.job(String(order?.["id"]), 5)).job.state, "void");
	});

	test("behavior: a timeline tells an order's story in order", async () => {
		const paid = table(rows, "job").find(({ state, status }) => state === "paid" && status === 4);
		const { items } = await indexer.orderEvents(String(paid?.["orderId"]));
		const names = items.map(({ name }) => name);
		assert.deepEqual(names, ["Posted", "Claimed", "Beat", "Stopped", "Submitted", "Settled"]);
	});

	test("behavior: a dispute tells who judged it, what each found, and where the money went", async () => {
		const { items } = await indexer.challenges({ verdict: "invalid" });
		const [convicted] = items;
		assert.ok(convicted && items.length === 1);
		const { challenge, panels, payments, events } = await indexer.challenge(convicted.id);
		assert.deepEqual(challenge, convicted);
		assert.deepEqual([panels.length, panels[0]?.verdict], [1, "invalid"]);
		const votes = panels[0]?.jurors.map(({ vote }) => vote) ?? [];
		assert.deepEqual(votes, [null, "invalid", "invalid"]);
		const paid = (kind: string) =>
			payments.filter((payment) => payment.kind === kind).reduce((sum, { amount }) => sum + amount, 0n);
		assert.equal(paid("seizure"), challenge.slashed);
		assert.equal(paid("compensation"), challenge.toConsumer);
		assert.equal(paid("release") + paid("reward"), challenge.toChallenger);
		assert.deepEqual(
			["Challenged", "PanelOpened", "PanelSeated", "VoteRevealed", "Concluded", "Resolved"].filter(
				(name) => !events.some((event) => event.name === name),
			),
			[],
		);
		const judged = await indexer.node(challenge.node);
		assert.deepEqual([judged.status, judged.slashings[0]?.reason, judged.stake], ["jailed", "fraud", 0n]);
		const { challenges, events: told } = await indexer.job(challenge.orderId, challenge.number);
		assert.ok(challenges.some(({ id }) => id === challenge.id));
		assert.ok(
			told.some(({ name }) => name === "JurorDrawn"),
			"the job's timeline has its disputes'",
		);
	});

	test("behavior: disputes by job, node, challenger and state", async () => {
		const { items: all } = await indexer.challenges({ limit: 100 });
		const [one] = all;
		assert.ok(one);
		const { orderId, number, node, challenger, state } = one;
		for (const filter of [{ orderId, number }, { node }, { challenger }, { state }] as const) {
			const { items } = await indexer.challenges({ ...filter, limit: 100 });
			const wanted = all.filter((row) =>
				Object.entries(filter).every(([name, value]) => row[name as "node"] === value),
			);
			assert.ok(wanted.length > 0);
			assert.deepEqual(items, wanted, JSON.stringify(filter));
		}
	});

	test("behavior: a replica shows its seal, what was in it, and how its lot was decided", async () => {
		const out = table(rows, "seal").find(({ number, orderId }) => {
			const job = table(rows, "job").find((row) => row["orderId"] === orderId && row["number"] === number);
			return job?.["state"] === "void" && job["digest"] === null;
		});
		const { seal, decision, job } = await indexer.job(String(out?.["orderId"]), Number(out?.["number"]));
		assert.deepEqual([job.state, decision?.votes, seal?.commitment], ["void", 2, out?.["commitment"]]);
	});

	test("behavior: every answer says how far the mirror has read and may be read by any page", async () => {
		const response = await fetch(`${mirror.url}/v1/orders`, { headers: { origin: "https://elsewhere.example" } });
		assert.equal(response.headers.get("depin-indexed-block"), `${await chain.client.getBlockNumber()}`);
		assert.equal(response.headers.get("access-control-allow-origin"), "*");
		assert.match(response.headers.get("access-control-expose-headers") ?? "", /Depin-Indexed-Block/);
	});

	const order = `0x${"ab".repeat(32)}`;
	const node = `0x${"ab".repeat(20)}`;
	const refusals: [path: string, status: number, field?: string][] = [
		["/v1/orders?limit=0", 400, "limit"],
		["/v1/orders?limit=101", 400, "limit"],
		["/v1/orders?limit=1e1", 400, "limit"],
		["/v1/orders?limit=5&limit=6", 400, "limit"],
		["/v1/orders?cursor=bm9uc2Vuc2U", 400, "cursor"],
		["/v1/orders?cursor=", 400, "cursor"],
		["/v1/nodes?cursor=MDAwMDAwMDAwMDAxLTAwMDAwMQ", 400, "cursor"],
		["/v1/orders?consumer=0x12", 400, "consumer"],
		["/v1/orders?state=lost", 400, "state"],
		["/v1/orders?class=-1", 400, "class"],
		["/v1/orders?class=70000", 400, "class"],
		["/v1/orders?stat=open", 400, "stat"],
		["/v1/orders?__proto__=1", 400, "__proto__"],
		["/v1/nodes?status=busy", 400, "status"],
		["/v1/payments?account=%00", 400, "account"],
		["/v1/jobs?state=done", 400, "state"],
		["/v1/jobs/0x12/0", 400, "id"],
		["/v1/challenges/0x12", 400, "id"],
		["/v1/challenges?state=over", 400, "state"],
		["/v1/slashings?reason=bad", 400, "reason"],
		[`/v1/challenges/${order}`, 404],
		[`/v1/jobs/${order}/x`, 400, "n"],
		[`/v1/jobs/${order}/4294967296`, 400, "n"],
		["/v1/nodes/nobody", 400, "address"],
		["/v1/classes?limit=0", 400, "limit"],
		["/v1/stats?class=1", 400, "class"],
		["/v1/stats?cursor=Y2xhc3MgLTE", 400, "cursor"],
		["/v1/stats/series", 400, "class"],
		["/v1/stats/series?class=1&bucket=week", 400, "bucket"],
		["/v1/stats/series?class=1&from=7200&to=3600", 400, "from"],
		["/v1/stats/series?class=1&from=0&to=1440001", 400, "from"],
		["/v1/stats/series?class=9", 404],
		["/v1/accounts/%F0%9F%92%B8", 400, "address"],
		[`/v1/orders/${order}`, 404],
		[`/v1/orders/${order}/jobs`, 404],
		[`/v1/jobs/${order}/0`, 404],
		[`/v1/nodes/${node}`, 404],
		[`/v1/accounts/${node}`, 404],
		["/v1/nothing", 404],
	];
	for (const [path, status, field] of refusals) {
		test(`behavior: refuses GET ${path}`, async () => {
			const response = await fetch(`${mirror.url}${path}`);
			assert.equal(response.status, status);
			assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
			const problem = problemSchema.parse(await response.json());
			assert.equal(problem.status, status);
			if (field)
				assert.deepEqual(
					problem.errors?.map(({ path: name }) => name),
					[field],
				);
		});
	}

	test("behavior: refuses to be written to", async () => {
		const response = await fetch(`${mirror.url}/v1/orders`, { method: "POST", body: "{}" });
		assert.equal(response.status, 405);
		assert.equal(response.headers.get("allow"), "GET, HEAD, OPTIONS");
		assert.equal(problemSchema.parse(await response.json()).status, 405);
	});
});

async function all<T>(read: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
	const items: T[] = [];
	for (let cursor: string | null = null; ; ) {
		const page: Page<T> = await read(cursor);
		items.push(...page.items);
		if (page.nextCursor === null) return items;
		cursor = page.nextCursor;
	}
}

function bigint(_: string, value: unknown): unknown {
	return typeof value === "bigint" ? `${value}` : value;
}
