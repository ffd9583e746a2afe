import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Hex, keccak256, toHex } from "viem";
import { challenger, consumer, type DisputeWorld, startDisputeWorld, worker } from "../../test/disputeWorld.ts";
import type { Ballot } from "../../test/scriptedPanel.ts";
import { getReceipt } from "../actions/getReceipt.ts";
import { cidOfDigest, DAG_PB } from "../storage/block.ts";

const OTHER = keccak256(toHex("what the jurors got"));
let world: DisputeWorld;
before(async () => {
	world = await startDisputeWorld();
	for (let n = 0; n < 8; n += 1) await world.join(n);
	await world.market.passTime(2);
});
after(() => world.stop());

async function outputsOf(orderId: Hex): Promise<Hex> {
	return (await getReceipt(world.client, { orderId, job: 0 })).result.outputsDigest;
}

/** The sums of the money section, checked to be two lists with one total. */
function money(text: string): string[] {
	const [, section = ""] = text.split("  It came from\n");
	const [cameIn = "", wentOut = ""] = section.split("  and went to\n");
	const read = (list: string) =>
		[...list.matchAll(/^ {4} *(\d+\.\d+) dUSD {2}(.*)$/gm)].map(([, sum, what]) => [sum, what]);
	const [ins, outs] = [read(cameIn), read(wentOut)];
	for (const list of [ins, outs]) {
		const units = list.map(([sum = ""]) => BigInt(sum.replace(".", "").padEnd(sum.indexOf(".") + 6, "0")));
		assert.equal(
			units.slice(0, -1).reduce((total, unit) => total + unit, 0n),
			units.at(-1),
			list.join("; "),
		);
	}
	assert.equal(ins.at(-1)?.[0], outs.at(-1)?.[0], "what went out is what came in");
	return [
		...ins.slice(0, -1).map(([sum, what]) => `${sum} from ${what}`),
		...outs.slice(0, -1).map(([sum, what]) => `${sum} to ${what}`),
	];
}

test("default: a dispute is told from the challenge to the money, each time with what comes next", async () => {
	const { orderId, job } = await world.reported();
	assert.match(await world.shown(job), /^nobody has challenged .*\nuntil \S+ \S+ anybody may: depin challenge 0x/);
	const panel = await world.challenged(job);
	const drawing = await world.shown(job);
	assert.match(drawing, /In short: a node's result is doubted, and other nodes run the task again/);
	assert.match(drawing, new RegExp(`Consumer ${consumer.address} ordered the job and set 0.50 dUSD aside`));
	assert.match(drawing, new RegExp(`Node ${worker.address} handed in a result on .*, to be paid 0.50 dUSD`));
	assert.match(drawing, /task 0 ended with "ok" and left bafy/);
	assert.match(drawing, new RegExp(`Challenger ${challenger.address} put a bond of 4.50 dUSD on it`));
	assert.match(drawing, /3 jurors are being drawn[\s\S]*What happens next\n {2}Jurors are drawn once the randomness/);
	const jurors = await panel.draw();
	assert.match(
		await world.shown(job),
		/has not answered yet[\s\S]*The jurors have until .* from now, to run the task and seal/,
	);
	const right: Ballot = { verdict: "valid", digest: await outputsOf(orderId) };
	for (const juror of jurors) await panel.seal(juror, right);
	assert.match(await world.shown(job), /has sealed its answer[\s\S]*have until .* from now, to open their answers/);
	for (const juror of jurors) await panel.open(juror, right);
	const told = await world.shown(job);
	for (const { address } of jurors) assert.match(told, new RegExp(`${address} {2}RIGHT: got the same outputs`));
	assert.match(told, /3 of 3 said RIGHT: VALID, the result is right\./);
	assert.match(
		told,
		/final unless somebody appeals by .*\n {4}depin dispute appeal 0x\S+ +seven .* bond of 9\.00 dUSD/,
	);
	await world.market.passTime(61);
	assert.match(await world.shown(job), /The answers are final\. A keeper tells the Market/);
	await panel.conclude({ orderId, job: 0 });
	const decided = await world.shown(job);
	assert.match(decided, /In short: the node's result was right\./);
	assert.deepEqual(money(decided), [
		"4.50 from the challenger's bond",
		"2.25 to the node's owner, out of the bond, for the trouble",
		"2.25 to 3 jurors, 0.75 dUSD each, for running the task again",
	]);
	assert.match(decided, /The job itself, 0\.50 dUSD, is paid to the node from /);
	await world.settled(orderId);
	assert.match(
		await world.shown(job),
		/The job was paid: 0\.49 dUSD to the node's owner, 0\.01 dUSD as the market's fee, 0\.00 dUSD/,
	);
});

test("behavior: INCONCLUSIVE: jurors who differ, abstain or are silent", async () => {
	const { orderId, job } = await world.reported();
	const panel = await world.challenged(job);
	await panel.decide([{ verdict: "invalid", digest: OTHER }, { verdict: "inconclusive" }, undefined]);
	await panel.conclude({ orderId, job: 0 });
	const told = await world.shown(job);
	assert.match(told, /could not settle it\. The node is taken to be honest/);
	assert.match(told, new RegExp(`WRONG: got ${cidOfDigest(DAG_PB, OTHER)}\n`));
	assert.match(told, /CANNOT TELL\n[\s\S]*never answered\n/);
	assert.match(told, /WRONG takes 2 of 3 with the same outputs, WITHHELD 2, RIGHT more than half/);
	const [bond, slice, ...rest] = money(told);
	assert.equal(bond, "4.50 from the challenger's bond");
	assert.match(slice ?? "", /^0\.01 from the stake of juror 0x\w{40}: silent, or out-voted$/);
	assert.match(rest[1] ?? "", /^0\.75 to juror 0x\w{40}, for running the task again$/);
	assert.deepEqual(
		[rest[0], rest[2]],
		["3.75 to the challenger, what the jurors left of the bond", "0.01 to the pool that pays for audits"],
	);
	await world.settled(orderId);
});

test("behavior: UNAVAILABLE: nobody can get what the node says it left", async () => {
	const { orderId, job } = await world.reported({ withhold: true, files: { a: "never seen" } });
	const panel = await world.challenged(job);
	const jurors = await panel.draw();
	await panel.passTo("dataBy");
	for (const juror of jurors) await panel.seal(juror, { verdict: "unavailable" });
	for (const juror of jurors) await panel.open(juror, { verdict: "unavailable" });
	await panel.conclude({ orderId, job: 0 });
	const told = await world.shown(job);
	assert.match(told, /In short: the node never handed over what it made\./);
	assert.match(told, /3 of 3 said WITHHELD: UNAVAILABLE, the result was withheld\./);
	assert.deepEqual(money(told), [
		"2.25 from the node's stake, a slice for what it withheld",
		"4.50 from the challenger's bond",
		"0.50 from the consumer, who had set the job's price aside",
		"0.50 to the consumer: the job's price, as nothing is owed for it",
		"4.50 to the challenger: the bond",
		"2.25 to 3 jurors, 0.75 dUSD each, for running the task again",
	]);
});

test("behavior: an appeal, and a node convicted of a wrong result; a dispute is found by its own id", async () => {
	const { orderId, job } = await world.reported({ files: { a: "made up" } });
	const none = await world.as("challenger", "dispute", "appeal", job);
	assert.deepEqual([none.code, none.stderr], [2, `error: nobody has challenged ${job}\n\`depin challenge\` does.\n`]);
	const panel = await world.challenged(job);
	const early = await world.as("challenger", "dispute", "appeal", job);
	assert.match(early.stderr, /jurors of dispute 0x\w{64} are not drawn yet\n.*\nWait/);
	const right: Ballot = { verdict: "valid", digest: await outputsOf(orderId) };
	await panel.decide([right, right, { verdict: "invalid", digest: OTHER }]);
	const unfunded = await world.as("poor", "dispute", "appeal", job);
	assert.match(unfunded.stderr, /needs 9\.00 dUSD more, and its wallet holds 0\.00 dUSD; nothing was sent/);
	const dry = await world.as("challenger", "dispute", "appeal", job, "--dry-run");
	assert.match(dry.stdout, /would do, as 0x\w+: appeal dispute 0x\w+ with a bond of 9\.00 dUSD/);
	const appealed = await world.as("challenger", "dispute", "appeal", job, "--json");
	assert.deepEqual([appealed.code, appealed.json().bond], [0, "9000000"]);
	const twice = await world.as("challenger", "dispute", "appeal", job);
	assert.match(twice.stderr, /was appealed before, and one appeal is all there is\n.*\nWait for the second panel\./);
	const wrong: Ballot = { verdict: "invalid", digest: OTHER };
	await panel.decide([wrong, wrong, wrong, wrong, wrong, wrong, right]);
	await panel.conclude({ orderId, job: 0 });
	const told = await world.shown(panel.dispute);
	assert.equal(told, await world.shown(job));
	assert.match(told, /In short: the node's result was wrong\. It lost its whole stake/);
	assert.match(told, new RegExp(`${challenger.address} appealed, for a bond of 9\\.00 dUSD`));
	assert.match(told, /6 of 7 said WRONG, 1 RIGHT: INVALID/);
	assert.match(told, /The node is jailed: it gets no more work, and its other unpaid jobs are void\./);
	const sums = money(told);
	assert.equal(sums.filter((line) => /: silent, or out-voted$/.test(line)).length, 3);
	assert.deepEqual(
		sums.filter((line) => !/silent/.test(line)),
		[
			"147.750 from the node's stake, all of it",
			"4.500 from the challenger's bond",
			"9.000 from the bond of the appeal",
			"0.500 from the consumer, who had set the job's price aside",
			"1.000 to the consumer: the job's price of 0.50 dUSD, and 0.50 dUSD as compensation",
			"48.825 to the challenger: the bond, and a reward of 44.325 dUSD",
			"9.000 to whoever appealed: the bond",
			"5.250 to 7 jurors, 0.75 dUSD each, for running the task again",
			"97.705 to the pool that pays for audits",
		],
	);
	const answer = (await world.as("consumer", "dispute", "show", job, "--json")).json();
	assert.deepEqual([answer.disputes[0].verdict, answer.disputes[0].money.slashed.length], ["invalid", 3]);
});
