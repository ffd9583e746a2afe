// Who may say that a node is alive: its key alone, once, now. Registration is a real mirror's business; here it is told.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { HEARTBEAT_LASTS, type Heartbeat, problemSchema, type SignedHeartbeat, signHeartbeat } from "depin/indexer";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { startPostgres } from "../../deploy/bench/postgres.ts";
import { freePort } from "../../deploy/setup/freePort.ts";
import { lackOf } from "../../deploy/setup/servers.ts";
import { heartbeat } from "../../sdk/src/indexer/heartbeat.fixture.ts";
import { until } from "../test/mirror.ts";
import { nodeRow } from "../test/rows.ts";
import { market, type StandIn, startStandIn } from "../test/standIn.ts";
import { openHeartbeats } from "./heartbeats.ts";

const account = privateKeyToAccount(generatePrivateKey());
const stranger = privateKeyToAccount(generatePrivateKey());
const retired = privateKeyToAccount(generatePrivateKey());
const deployment = { chainId: 31_337, market };

suite("heartbeats", { timeout: 60_000 }, () => {
	let standIn: StandIn;

	before(async () => {
		standIn = await startStandIn(({ url }) => {
			const address = url.split("/").at(-1) ?? "";
			if (address === account.address.toLowerCase()) return { body: nodeRow({ address }) };
			if (address === retired.address.toLowerCase()) return { body: nodeRow({ address, status: "retired" }) };
			return { status: 404, body: {} };
		});
		await until(async () => (await fetch(`${standIn.gateway.url}/ready`)).ok);
	});
	after(() => standIn.close());

	const sign = (change: Partial<Heartbeat> = {}, signer = account) =>
		signHeartbeat(deployment, signer, heartbeat(change));
	const send = (signed: unknown, address: string = account.address) =>
		fetch(`${standIn.gateway.url}/v1/nodes/${address}/heartbeat`, {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify(signed),
		});
	async function refused(signed: unknown, status: number, field?: string, address?: string): Promise<void> {
		const answer = await send(signed, address);
		const problem = problemSchema.parse(await answer.json());
		assert.equal(answer.status, status, problem.detail);
		assert.deepEqual(problem.errors?.map(({ path }) => path) ?? [], field === undefined ? [] : [field]);
	}

	test("default", async () => {
		const signed = await sign();
		const answer = await send(signed);
		assert.equal(answer.status, 202);
		const { expiresAt } = (await answer.json()) as { expiresAt: number };
		assert.ok(expiresAt <= signed.heartbeat.sentAt + HEARTBEAT_LASTS * 1000);
		const shown = await fetch(`${standIn.gateway.url}/v1/nodes/${account.address}/heartbeat`);
		assert.deepEqual(await shown.json(), { ...signed, expiresAt });
		assert.match(await (await fetch(`${standIn.gateway.url}/metrics`)).text(), /depin_gateway_live_nodes 1/);
	});

	test("behavior: forged ones are refused", async () => {
		const signed = await sign();
		const forged: SignedHeartbeat = {
			...signed,
			heartbeat: { ...signed.heartbeat, free: { ...signed.heartbeat.free, gpus: 8 } },
		};
		await refused(forged, 403, "signature");
		const { signature } = await sign({}, stranger);
		await refused({ ...signed, signature }, 403, "signature");
		const elsewhere = await signHeartbeat({ ...deployment, chainId: 1 }, account, heartbeat());
		await refused(elsewhere, 403, "signature");
		await refused(signed, 400, "heartbeat.node", stranger.address);
	});

	test("behavior: replayed, held back and future ones are refused", async () => {
		const signed = await sign();
		assert.equal((await send(signed)).status, 202);
		await refused(signed, 409, "heartbeat.sentAt");
		await refused(await sign({ sentAt: signed.heartbeat.sentAt - 5_000 }), 409, "heartbeat.sentAt");
		await refused(await sign({ sentAt: Date.now() - 31_000 }), 400, "heartbeat.sentAt");
		await refused(await sign({ sentAt: Date.now() + 60_000 }), 400, "heartbeat.sentAt");
	});

	test("behavior: unregistered, retired and misplaced nodes are refused", async () => {
		await refused(await sign({}, stranger), 403, undefined, stranger.address);
		await refused(await sign({}, retired), 403, undefined, retired.address);
		await refused(await sign({ class: 9 }), 400, "heartbeat.class");
	});

	test("behavior: what has another shape is refused by field", async () => {
		const signed = await sign();
		await refused({ ...signed, heartbeat: { ...signed.heartbeat, tiers: ["root"] } }, 400, "heartbeat.tiers.0");
		await refused({ ...signed, signature: "0x00" }, 400, "signature");
		await refused([], 400, "");
	});
});

const kinds = [
	{
		name: "SQLite",
		skip: false as const,
		open: async (dir: string) => ({ url: join(dir, "gateway.db"), stop: async () => {} }),
	},
	{ name: "PostgreSQL", skip: lackOf("postgresql"), open: async () => startPostgres(await freePort()) },
];
for (const { name, skip, open } of kinds) {
	test(`behavior: a restart on ${name} forgets neither who is alive nor what was said`, { skip }, async () => {
		const dir = mkdtempSync(join(tmpdir(), "depin-heartbeats-"));
		const database = await open(dir);
		try {
			const signed = await signHeartbeat(deployment, account, heartbeat({ sentAt: 1_000_000 }));
			const first = await openHeartbeats(database.url);
			assert.equal(await first.keep(signed, 1_000_000), 1_000_000 + HEARTBEAT_LASTS * 1000);
			await first.close();
			const second = await openHeartbeats(database.url);
			assert.equal(second.live(1_001_000).length, 1);
			assert.equal(await second.keep(signed, 1_001_000), undefined);
			assert.equal(second.of(signed.heartbeat.node, 1_000_000 + HEARTBEAT_LASTS * 1000), undefined);
			assert.deepEqual(second.live(1_000_000 + HEARTBEAT_LASTS * 1000), []);
			await second.close();
		} finally {
			await database.stop();
			rmSync(dir, { recursive: true, force: true });
		}
	});
}

test("behavior: gateways that share a PostgreSQL know each other's nodes", { skip: lackOf("postgresql") }, async () => {
	const postgres = await startPostgres(await freePort());
	// Both at once, as behind a balancer: the tables are made once.
	const [one, two] = await Promise.all([openHeartbeats(postgres.url), openHeartbeats(postgres.url)]);
	try {
		const say = (sentAt: number) => signHeartbeat(deployment, account, heartbeat({ sentAt }));
		const first = await say(1_000_000);
		await one.keep(first, 1_000_000);
		await two.refresh();
		assert.deepEqual(two.live(1_000_001), one.live(1_000_001));
		assert.equal(await two.keep(first, 1_000_001), undefined, "a replay at the other one");
		const second = await say(1_015_000);
		await two.keep(second, 1_015_000);
		await one.refresh();
		assert.equal(one.of(second.heartbeat.node, 1_015_001)?.heartbeat.sentAt, 1_015_000);
		assert.equal(await one.keep(first, 1_015_001), undefined, "what is older than what the other one knows");
	} finally {
		await Promise.all([one.close(), two.close()]);
		await postgres.stop();
	}
});
