import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { CliResult } from "../../test/cli.ts";
import { type DisputeWorld, EXACT, startDisputeWorld } from "../../test/disputeWorld.ts";

let world: DisputeWorld;
before(async () => {
	world = await startDisputeWorld();
	for (const n of [0, 1, 2]) await world.join(n);
	await world.market.passTime(2);
});
after(() => world.stop());

const UNKNOWN = `0x${"ab".repeat(32)}`;
const LOTS = `${EXACT}batch: { parameters: [{ N: "0" }, { N: "1" }, { N: "2" }, { N: "3" }], tasksPerLot: 2 }\n`;

function refuses(done: CliResult, code: number, says: RegExp, advises: RegExp): void {
	assert.equal(done.code, code, done.stderr);
	assert.equal(done.stdout, "");
	assert.match(done.stderr, says);
	assert.match(done.stderr.trimEnd().split("\n").at(-1) ?? "", advises);
}

test("default: a challenge names a task, takes the bond from the wallet, and says what happens then", async () => {
	const { job } = await world.reported();
	refuses(
		await world.as("challenger", "challenge", job),
		1,
		/error: class 1 has nodes of 3 owners, and a fair panel needs 4\n/,
		/Nothing was taken from you/,
	);
	for (const n of [3, 4]) await world.join(n);
	const dry = await world.as("challenger", "challenge", job, "--dry-run");
	assert.match(
		dry.stdout,
		/^would do, as 0x\w+: challenge task 0 of 0x\w+\/0, which is wrong, with a bond of 4\.50 dUSD\n$/,
	);
	const done = await world.as("challenger", "challenge", job);
	assert.equal(done.code, 0, done.stderr);
	assert.match(done.stdout, /^challenged: dispute 0x\w{64}\n/);
	assert.match(done.stdout, /the bond of 4\.50 dUSD comes back, with a reward, if the jurors find the result wrong/);
	refuses(
		await world.as("challenger", "challenge", job),
		1,
		/this task of this result is disputed already, as 0x/,
		/depin dispute show/,
	);
	const listed = await world.as("consumer", "status", job);
	assert.equal(listed.code, 0, listed.stderr);
});

test("behavior: of a lot, one task is challenged, and only one of the job's own", async () => {
	const { job } = await world.reported({}, LOTS);
	refuses(
		await world.as("challenger", "challenge", job, "--task", "2"),
		2,
		/--task must be one of the job's tasks, 0 to 1/,
		/./,
	);
	refuses(await world.as("challenger", "challenge", job, "--task", "one"), 2, /--task must be one of/, /./);
	const done = await world.as("challenger", "challenge", job, "--task", "1", "--json");
	assert.deepEqual([done.code, done.json().task, done.json().withheld], [0, 1, false]);
	const other = await world.as("challenger", "challenge", job, "--task", "0", "--json");
	assert.equal(other.code, 0, "another task of the same result");
	assert.match(await world.shown(job), /Task 1 of job [\s\S]*Task 0 of job /);
});

test("behavior: what cannot be challenged is refused with the reason and what to do", async () => {
	for (const command of [["challenge"], ["dispute", "show"], ["dispute", "appeal"]]) {
		const as = (id: string) => world.as("challenger", ...command, id);
		refuses(await as(UNKNOWN), 3, /error: no order 0xab\w+ was posted on the Market/, /Check the id and the profile/);
		refuses(await as("0x12/0"), 2, /error: "0x12\/0" does not name a job/, /Write <orderId>\/<n>/);
	}
	const waiting = await world.posted();
	refuses(
		await world.as("challenger", "challenge", waiting.job),
		3,
		/has no submitted result: it is open/,
		/depin status/,
	);
	refuses(
		await world.as("challenger", "challenge", `${waiting.orderId}/7`),
		3,
		/has no job 7; its jobs are 0 to 0/,
		/./,
	);
	assert.match(
		await world.shown(waiting.job),
		/^nobody has challenged 0x\w+\/0\nit is open, and only a submitted result can/,
	);

	const { orderId, job } = await world.reported();
	refuses(
		await world.as("poor", "challenge", job),
		5,
		/needs 4\.50 dUSD more, and its wallet holds 0\.00 dUSD; nothing was sent/,
		/Send at least 4\.50 dUSD/,
	);
	await world.market.passTime(601);
	refuses(await world.as("challenger", "challenge", job), 1, /could be challenged until /, /the window is over/);
	await world.settled(orderId);
	refuses(
		await world.as("challenger", "challenge", job),
		2,
		/is paid: only a result that waits for its payment can be challenged/,
		/depin dispute show/,
	);
	refuses(
		await world.as("challenger", "dispute", "appeal", job),
		2,
		/nobody has challenged 0x\w+\/0/,
		/depin challenge/,
	);
	assert.match(await world.shown(job), /it is paid, and only a submitted result can be challenged/);
});

const withOrder = (more: string) => EXACT.replace("order: {", `order: { ${more},`);

for (const [name, text, args, says] of [
	[
		"replicas of a job that promises no equal bytes",
		EXACT.replace("exact", "none"),
		["--replicas", "3"],
		/match must be exact beside 3 replicas/,
	],
	[
		"a quorum above the replicas",
		EXACT,
		["--replicas", "3", "--quorum", "4"],
		/order\.quorum must be more than half of the 3 replica\(s\), and no more than all/,
	],
	["a quorum of half", EXACT, ["--replicas", "4", "--quorum", "2"], /order\.quorum must be more than half of the 4/],
	["a quorum without replicas", EXACT, ["--quorum", "2"], /order\.quorum must be more than half of the 1/],
	["more replicas than seven", EXACT, ["--replicas", "8"], /--replicas must be a whole number from 1 to 7/],
	["no replicas", EXACT, ["--replicas", "0"], /--replicas must be a whole number from 1 to 7/],
	["a part of a replica", EXACT, ["--replicas", "1.5"], /--replicas must be a whole number/],
	["too many in the file", withOrder("replicas: 9"), [], /order\.replicas/],
] as const)
	test(`behavior: run refuses ${name}, before anything is uploaded`, async () => {
		const done = await world.as("consumer", "run", world.file(text), ...args);
		assert.equal(done.code, 2, done.stderr);
		assert.match(done.stderr, says);
		assert.doesNotMatch(done.stderr, /posting|uploaded/);
	});
