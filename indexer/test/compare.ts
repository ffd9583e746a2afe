// The chain's own answer to everything the mirror claims to know.
import assert from "node:assert/strict";
import { jobCount, jobStateName, nodeStatusName, receiptHash } from "depin";
import { devnetUsdAbi, marketAbi, panelArbiterAbi } from "depin/abi";
import { type Address, type Hex, parseEventLogs, zeroAddress } from "viem";
import { sameDisputes, sealHash } from "./compareDisputes.ts";
import type { Rows } from "./mirror.ts";
import type { Placed, World } from "./world.ts";

type Row = Record<string, unknown>;

/** Asserts that every row says what the contract says; returns how many rows were compared. */
export async function assertSameAsChain(world: World, rows: Rows): Promise<number> {
	await sameTimeline(world, rows);
	await sameMoney(world, rows);
	await sameRegistry(world, rows);
	await sameDisputes(world, rows);
	for (const placed of world.placed) await sameOrder(world, rows, placed);
	return Object.values(rows).flat().length;
}

function reader({ chain }: World) {
	const contract = { address: chain.market, abi: marketAbi } as const;
	return { contract, client: chain.client };
}

async function sameTimeline(world: World, rows: Rows): Promise<void> {
	const { client, contract } = reader(world);
	const logs = await client.getLogs({ address: [contract.address, world.chain.arbiter], fromBlock: 0n });
	const sent = parseEventLogs({ abi: [...marketAbi, ...panelArbiterAbi], logs }).map(
		({ eventName, blockNumber, logIndex, transactionHash }) => ({
			name: eventName,
			block: Number(blockNumber),
			logIndex,
			tx: transactionHash,
		}),
	);
	const kept = table(rows, "event").map(({ name, block, logIndex, tx }) => ({ name, block, logIndex, tx }));
	assert.deepEqual(kept, sent);
}

async function sameMoney(world: World, rows: Rows): Promise<void> {
	const { client, contract } = reader(world);
	const accounts = new Map(table(rows, "account").map((row) => [row["address"], row]));
	const { governor, consumers, owners, nodes, keeper, jurors } = world;
	for (const address of [governor, ...consumers, ...owners, ...nodes, keeper, ...jurors]) {
		const [free, fees] = await client.readContract({ ...contract, functionName: "accountOf", args: [address] });
		const { free: free_ = "0", fees: fees_ = "0" } = accounts.get(address.toLowerCase()) ?? {};
		assert.deepEqual({ address, free: free_, fees: fees_ }, { address, free: `${free}`, fees: `${fees}` });
		accounts.delete(address.toLowerCase());
	}
	assert.deepEqual([...accounts.keys()], [], "accounts that nobody has");
	const [total = {}] = table(rows, "total");
	const [treasury, pool] = await client.readContract({ ...contract, functionName: "totals" });
	assert.deepEqual([total["treasury"], total["pool"]], [`${treasury}`, `${pool}`]);
	const held = ["free", "fees", "escrow", "staked", "bonded", "treasury", "pool"].map((name) =>
		BigInt(String(total[name])),
	);
	const balance = await client.readContract({
		address: world.chain.asset,
		abi: devnetUsdAbi,
		functionName: "balanceOf",
		args: [contract.address],
	});
	assert.equal(
		held.reduce((sum, part) => sum + part),
		balance,
		"the parts add up to the market's balance",
	);
	const params = await client.readContract({ ...contract, functionName: "params" });
	const pausedUntil = await client.readContract({ ...contract, functionName: "pausedUntil" });
	const expected = Object.entries({ ...params, pausedUntil }).map(([name, value]) => [name, `${value}`]);
	const parameters = table(rows, "parameter").map(({ name, value }) => [name, value]);
	const neverSet = { pausedUntil: "0" };
	assert.deepEqual({ ...neverSet, ...Object.fromEntries(parameters) }, Object.fromEntries(expected));
}

async function sameRegistry(world: World, rows: Rows): Promise<void> {
	const { client, contract } = reader(world);
	for (const row of table(rows, "node")) {
		const address = row["address"] as Address;
		const view = await client.readContract({ ...contract, functionName: "nodeOf", args: [address] });
		const { status, owner, ...fields } = view;
		const expected = { ...textOf(fields), owner: owner.toLowerCase(), status: nodeStatusName(status) };
		assert.deepEqual(only(row, expected), expected, `node ${address}`);
		assert.equal(row["jailedAt"] !== null, expected["status"] === "jailed", `node ${address}`);
	}
	for (const row of table(rows, "classRecord")) {
		const view = await client.readContract({ ...contract, functionName: "classOf", args: [Number(row["id"])] });
		assert.deepEqual(only(row, textOf(view)), textOf(view), `class ${row["id"]}`);
	}
}

async function sameOrder(world: World, rows: Rows, { id, order, terms, postedAt: time }: Placed): Promise<void> {
	const { client, contract } = reader(world);
	const row = table(rows, "order").find((candidate) => candidate["id"] === id);
	const view = await client.readContract({ ...contract, functionName: "orderOf", args: [terms] });
	const revoked = table(rows, "revokedOrder").some((candidate) => candidate["id"] === id);
	assert.equal(row?.["postedAt"], time, `order ${id} is mirrored when it was posted`);
	if (!row) return assert.equal(revoked, view.closed, `order ${id} was revoked`);
	const { consumer, node, arbiter, verifier, ...rest } = order;
	const asPosted = { ...textOf(rest), consumer: consumer.toLowerCase(), node: node.toLowerCase(), arbiter, verifier };
	assert.deepEqual(only(row, asPosted), asPosted, `terms of order ${id}`);
	const { escrow, unclaimed, closed, postedAt } = row;
	const live =
		jobCount(order) > 1 || ["unclaimed", "running", "sealed", "submitted"].some((name) => Number(row[name]) > 0);
	// The slot of a single job that is over says no more than that, or is gone.
	if (!live) assert.deepEqual([escrow, unclaimed, view.escrow, view.unclaimed], ["0", 0, 0n, 0], `order ${id}`);
	else {
		// A submitted single job has no room for when it was posted, nor for having been closed while it ran.
		const known = view.postedAt === 0 ? { closed, postedAt } : { closed: view.closed, postedAt: view.postedAt };
		const expected = { escrow: `${view.escrow}`, unclaimed: view.unclaimed, ...known };
		assert.deepEqual({ escrow, unclaimed, closed, postedAt }, expected, `order ${id}`);
	}
	const states: string[] = [];
	for (let number = 0; number < jobCount(order); number++)
		states.push(await sameJob(world, rows, row, { id, order, terms, number }));
	const of = (...names: string[]) => states.filter((state) => names.includes(state)).length;
	const submitted = of("submitted-ok", "submitted-fail");
	const sealed = of("committed", "revealed");
	const ended = { paid: of("paid"), voided: of("void") };
	const counts = { unclaimed: of("open"), running: of("running"), sealed, submitted, ...ended };
	assert.deepEqual(only(row, counts), counts, `counts of order ${id}`);
	const state = counts.unclaimed > 0 ? "open" : counts.running + sealed + submitted > 0 ? "assigned" : "done";
	assert.equal(row["state"], state, `order ${id}`);
}

async function sameJob(
	world: World,
	rows: Rows,
	order: Row,
	{ id, order: posted, terms, number }: Pick<Placed, "id" | "order" | "terms"> & { number: number },
): Promise<string> {
	const { client, contract } = reader(world);
	const view = await client.readContract({ ...contract, functionName: "jobOf", args: [terms, number] });
	const row = table(rows, "job").find((job) => job["orderId"] === id && job["number"] === number);
	const state = String(row?.["state"] ?? (order["closed"] ? "void" : "open"));
	const chainState = jobStateName(view.state);
	const where = `job ${id}/${number}`;
	if (chainState === "none") assert.match(state, /^(paid|void)$/, where);
	else assert.equal(state, chainState, where);
	if (chainState === "open") assert.equal(row?.["lastFailedBy"] ?? zeroAddress, view.node.toLowerCase(), where);
	if (!row) return state;
	if (chainState === "running") {
		const { claimedAt, deadline, stopped } = view;
		const expected = { node: view.node.toLowerCase(), claimedAt, deadline, stopped };
		assert.deepEqual(only(row, expected), expected, where);
	}
	if (chainState === "committed" || chainState === "revealed") {
		const sealed = table(rows, "seal").find((seal) => seal["orderId"] === id && seal["number"] === number);
		assert.equal(sealHash(sealed ?? {}), view.receiptHash, where);
		assert.equal(sealed?.["openedAt"] !== null, chainState === "revealed", where);
		assert.equal(row["deadline"], Number(order["postedAt"]) + posted.openFor + posted.maxRun, where);
	}
	if (chainState.startsWith("submitted")) {
		assert.equal(row["challenges"], view.challenges, where);
		assert.equal(row["deadline"], view.deadline, where);
		const receipt = {
			job: number,
			node: row["node"] as Address,
			pay: BigInt(String(row["pay"])),
			submittedAt: Number(row["submittedAt"]),
			digest: row["digest"] as Hex,
		};
		assert.equal(receiptHash(receipt), view.receiptHash, where);
	}
	return state;
}

export function table(rows: Rows, name: string): Row[] {
	const found = rows[name];
	assert.ok(found, `the mirror has a table ${name}`);
	return found;
}

/** The columns of `row` that `like` has. */
export function only(row: Row, like: object): Row {
	return Object.fromEntries(Object.keys(like).map((name) => [name, row[name]]));
}

/** Amounts as rows write them. */
export function textOf(view: object): Row {
	return Object.fromEntries(
		Object.entries(view).map(([name, value]) => [name, typeof value === "bigint" ? `${value}` : value]),
	);
}
