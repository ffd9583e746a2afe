import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { keccak256, zeroHash } from "viem";
import { profileFolder, runCli } from "../../test/cli.ts";
import { type LocalMarket, startLocalMarket, testAccount } from "../../test/localMarket.ts";
import { claimJob } from "../actions/claimJob.ts";
import { getParams } from "../actions/getParams.ts";
import { postOrder } from "../actions/postOrder.ts";
import { signNodeConsent } from "../actions/signNodeConsent.ts";
import { submitResult } from "../actions/submitResult.ts";
import { draftOrder } from "../chain/draft.ts";
import type { Order } from "../chain/terms.ts";

const consumer = testAccount(1);
const owner = testAccount(2);
const node = testAccount(3);
const profiles = profileFolder();
let market: LocalMarket;
let consumerProfile: string;
let ownerProfile: string;

before(async () => {
	market = await startLocalMarket();
	consumerProfile = profiles.write("consumer", profiles.of(market, consumer));
	ownerProfile = profiles.write("owner", profiles.of(market, owner));
	await market.mint(consumer, 100_000_000n);
	await market.mint(owner, 500_000_000n);
});
after(async () => {
	profiles[Symbol.dispose]();
	await market.stop();
});

const as = (profile: string, ...args: string[]) => runCli([...args, "--profile", profile]);

async function post(lots = 1): Promise<{ order: Order; orderId: string }> {
	const client = market.client(consumer);
	const order = draftOrder({
		consumer: consumer.address,
		choices: { class: 1, maxPrice: 500_000n, challengeFor: 60 },
		work: { taskRoot: keccak256("0x01"), manifest: keccak256("0x02"), lots, tasksPerLot: 1, timeout: 60 },
		params: await getParams(client),
		now: Number((await client.getBlock()).timestamp),
	});
	const { orderId } = await postOrder(client, { order, uri: "" });
	return { order, orderId };
}

test("default: a provider registers with the consent its node signed", async () => {
	const { deployment } = market;
	const deadline = BigInt(Math.floor(Date.now() / 1000) + 3_600);
	const consent = await signNodeConsent({ deployment, account: node, owner: owner.address, class: 1, deadline });
	const pasted = JSON.stringify({
		...consent,
		deadline: String(deadline),
		chainId: deployment.chainId,
		market: deployment.market,
	});
	const args = ["provider", "register", "--consent", "-", "--profile", ownerProfile, "--json"];
	const dry = await runCli([...args, "--dry-run"], { input: pasted });
	assert.equal(dry.json().dryRun, true);
	const done = await runCli(args, { input: pasted });
	assert.equal(done.code, 0, done.stderr);
	assert.deepEqual(
		{ node: done.json().node, stake: done.json().stake, maxOpen: done.json().maxOpen },
		{ node: node.address, stake: "100000000", maxOpen: 8 },
	);
	const again = await runCli(args, { input: pasted });
	assert.equal(again.code, 1);
	assert.match(again.stderr, /is registered already/);
});

test("behavior: stake goes in, and comes out only after unbonding", async () => {
	assert.equal((await as(ownerProfile, "provider", "stake", node.address, "50")).code, 0);
	const unstaked = await as(ownerProfile, "provider", "unstake", node.address, "50", "--json");
	assert.equal(unstaked.json().unbonding, "50000000");
	const early = await as(ownerProfile, "provider", "withdraw", "--stake", node.address);
	assert.equal(early.code, 1);
	assert.match(early.stderr, /is bound until/);
	const balance = (await as(ownerProfile, "balance", "--json")).json();
	assert.deepEqual([balance.staked, balance.unbonding], ["150000000", "50000000"]);
});

test("behavior: an unclaimed order is cancelled and refunded in full", async () => {
	const { orderId } = await post();
	assert.equal((await as(consumerProfile, "balance", "--json")).json().escrow, "500000");
	assert.match((await as(consumerProfile, "ps")).stdout, new RegExp(`${orderId} .*open.*0.50 dUSD`));
	const cancelled = await as(consumerProfile, "cancel", orderId, "--json");
	assert.equal(cancelled.json().refunded, "500000");
	const standing = (await as(consumerProfile, "status", orderId, "--json")).json();
	assert.equal(standing.jobs[0].state, "void");
	assert.match((await as(consumerProfile, "ps")).stdout, /nothing unfinished/);
	const twice = await as(consumerProfile, "cancel", orderId);
	assert.equal(twice.code, 2);
	assert.match(twice.stderr, /nothing to cancel/);
	const out = await as(consumerProfile, "provider", "withdraw");
	assert.match(out.stdout, /0.50 dUSD went to/);
});

test("behavior: a running job is stopped, its siblings refunded", async () => {
	await market.passTime(2);
	const { order, orderId } = await post(3);
	await claimJob(market.client(node), { order, job: 1 });
	const one = await as(consumerProfile, "cancel", `${orderId}/0`);
	assert.equal(one.code, 2);
	assert.match(one.stderr, /only refunded together/);
	const cancelled = (await as(consumerProfile, "cancel", orderId, "--json")).json();
	assert.deepEqual([cancelled.closed, cancelled.stopped], [2, [1]]);
	const { jobs } = (await as(consumerProfile, "status", `${orderId}/1`, "--json")).json();
	assert.deepEqual([jobs.length, jobs[0].state, jobs[0].stopped], [1, "running", true]);
});

test("behavior: earnings add up from events", async () => {
	const { order } = await post();
	await claimJob(market.client(node), { order, job: 0 });
	const now = Number((await market.client(node).getBlock()).timestamp);
	const result = {
		resultRoot: zeroHash,
		outputsDigest: zeroHash,
		statementHash: zeroHash,
		evidenceHash: zeroHash,
		shadowCommit: zeroHash,
		status: 0,
		exitCode: 0,
		startedAt: now,
		finishedAt: now,
		billed: 0,
	};
	await submitResult(market.client(node), { order, job: 0, result });
	const { totals } = (await as(ownerProfile, "provider", "earnings", "--json")).json();
	assert.deepEqual(totals, { earned: "0", fees: "0", slashed: "0", waiting: "500000" });
	assert.match((await as(ownerProfile, "provider", "earnings")).stdout, /0\.50 dUSD submitted and not settled/);
});

test("behavior: the wrong chain is refused before anything is signed", async () => {
	const wrong = profiles.write("wrong", { ...profiles.of(market, consumer), chainId: 1 });
	const { code, stderr } = await as(wrong, "balance");
	assert.equal(code, 1);
	assert.match(stderr, /serves chain 31337, the profile says chain 1; nothing was signed/);
	const empty = profiles.write("empty", { ...profiles.of(market, consumer), market: testAccount(9).address });
	assert.match((await as(empty, "balance")).stderr, /there is no Market at/);
});

test("behavior: exit codes tell kinds of failure apart", async () => {
	const keyless = profiles.write("keyless", { ...profiles.of(market, consumer), key: undefined });
	const dead = profiles.write("dead", { ...profiles.of(market, consumer), rpcUrl: "http://127.0.0.1:9" });
	const cases: [number, string[]][] = [
		[0, ["--help"]],
		[2, ["statuss"]],
		[2, ["status"]],
		[2, ["status", "0x12", "--profile", consumerProfile]],
		[2, ["balance", "nobody", "--profile", consumerProfile]],
		[2, ["provider", "stake", node.address, "1.0000001", "--profile", ownerProfile]],
		[2, ["balance", "--profile", "no-such-profile"]],
		[3, ["status", zeroHash, "--profile", consumerProfile]],
		[4, ["balance", "--profile", keyless]],
		[4, ["provider", "retire", node.address, "--profile", consumerProfile]],
		[5, ["provider", "stake", node.address, "1000000", "--profile", ownerProfile]],
		[1, ["balance", "--profile", dead]],
	];
	const runs = await Promise.all(cases.map(([, args]) => runCli([...args, "--json"])));
	cases.forEach(([code, args], index) => {
		const run = runs[index];
		assert.equal(run?.code, code, `depin ${args.join(" ")} ended with ${run?.code}\n${run?.stderr}`);
		if (code !== 0) assert.equal(typeof run.json().error.message, "string");
	});
});

test("behavior: a key that others can read is refused", async () => {
	const open = profiles.write("open", profiles.of(market, consumer), 0o644);
	const { code, stderr } = await as(open, "balance");
	assert.equal(code, 4);
	assert.match(stderr, /chmod 600/);
});

test("behavior: the nearest clone's profile is found from a folder below it", async () => {
	const below = join(profiles.folder, "clone/a/b");
	mkdirSync(below, { recursive: true });
	mkdirSync(join(profiles.folder, "clone/.depin/profiles"), { recursive: true });
	const path = join(profiles.folder, "clone/.depin/profiles/devnet.json");
	writeFileSync(path, JSON.stringify({ name: "devnet", ...profiles.of(market, consumer) }), { mode: 0o600 });
	assert.equal((await runCli(["balance", "--json"], { cwd: below })).json().account, consumer.address);
});

test("behavior: a key in the environment wins over the profile's", async () => {
	const key = profiles.of(market, owner).key;
	const run = await runCli(["balance", "--json", "--profile", consumerProfile], { env: { DEPIN_KEY: key } });
	assert.equal(run.json().account, owner.address);
});

test("behavior: doctor names what is missing and how to fix it", async () => {
	const sick = await as(consumerProfile, "doctor", "--json");
	assert.equal(sick.code, 1);
	const checks: { name: string; ok: boolean; fix: string | null }[] = JSON.parse(
		sick.stdout.split("\n")[0] ?? "",
	).checks;
	assert.deepEqual(
		checks
			.filter(({ ok }) => ok)
			.map(({ name }) => name)
			.filter((name) => name !== "engine"),
		["node", "profile", "key", "chain", "asset", "gas"],
	);
	assert.ok(checks.every(({ ok, fix }) => ok || fix));
});
