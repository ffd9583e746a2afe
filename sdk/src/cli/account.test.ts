// Commands around a job: money in and out, who could run it, a first job file, completion.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { profileFolder, runCli } from "../../test/cli.ts";
import { type LocalMarket, startLocalMarket, testAccount } from "../../test/localMarket.ts";
import { parseJobFile } from "../jobs/jobFile.ts";
import { commands } from "./commands/index.ts";
import { completionScript, SHELLS } from "./completionScript.ts";

const consumer = testAccount(1);
const owner = testAccount(2);
const node = testAccount(3);
const profiles = profileFolder();
let market: LocalMarket;
let profile: string;
before(async () => {
	market = await startLocalMarket();
	profile = profiles.write("consumer", profiles.of(market, consumer));
	await market.mint(consumer, 100_000_000n);
	await market.registerNode(owner, node);
});
after(async () => {
	profiles[Symbol.dispose]();
	await market.stop();
});

const depin = (...args: string[]) => runCli([...args, "--profile", profile], { cwd: profiles.folder });

async function money(): Promise<[wallet: string, free: string]> {
	const { wallet, free } = (await depin("balance", "--json")).json();
	return [wallet, free];
}

test("default: money goes in and comes out, to the unit", async () => {
	assert.equal((await depin("deposit", "10", "--dry-run", "--json")).json().dryRun, true);
	assert.deepEqual(await money(), ["100000000", "0"]);
	assert.equal((await depin("deposit", "10.5", "--json")).json().free, "10500000");
	assert.deepEqual(await money(), ["89500000", "10500000"]);
	const part = await depin("withdraw", "0.5");
	assert.match(part.stdout, /0\.50 dUSD went to 0x/);
	const rest = await depin("withdraw", "--to", owner.address, "--json");
	assert.deepEqual([rest.json().amount, rest.json().to], ["10000000", owner.address]);
	assert.deepEqual(await money(), ["90000000", "0"]);
});

test("behavior: what cannot be moved is said before anything is signed", async () => {
	const cases: [string[], number, RegExp][] = [
		[["deposit", "0"], 2, /the amount is 0/],
		[["deposit", "ten"], 2, /ten/],
		[["deposit", "-1"], 2, /-1/],
		[["deposit", "0.0000001"], 2, /decimals/],
		[["deposit", "91"], 5, /90\.00 dUSD/],
		[["withdraw"], 2, /nothing is free/],
		[["withdraw", "1"], 5, /./],
		[["withdraw", "--to", "bob"], 2, /"bob" is not an address/],
	];
	for (const [args, code, says] of cases) {
		const refused = await depin(...args);
		assert.equal(refused.code, code, `${args.join(" ")}: ${refused.stderr}`);
		assert.match(refused.stderr, says);
	}
	assert.deepEqual(await money(), ["90000000", "0"]);
});

test("behavior: node ls tells who could run a job", async () => {
	const listed = (await depin("node", "ls", "--json")).json().nodes;
	assert.deepEqual(
		listed.map((row: { node: string; owner: string; stake: string }) => [row.node, row.owner, row.stake]),
		[[node.address, owner.address, "100000000"]],
	);
	assert.match((await depin("node", "ls")).stdout, new RegExp(`${node.address} +1 +active +100\\.00 dUSD`));
	assert.deepEqual((await depin("node", "ls", "--class", "2", "--json")).json().nodes, []);
	assert.deepEqual((await depin("node", "ls", "--owner", consumer.address, "--json")).json().nodes, []);
	assert.equal((await depin("node", "ls", "--class", "fast")).code, 2);
});

test("behavior: init writes a job that is right, and overwrites nothing", async () => {
	const { folder, files } = (await depin("init", "mine", "--json")).json();
	assert.ok(parseJobFile(readFileSync(join(folder, "job.yaml"), "utf8"), folder));
	assert.ok(files.includes("Dockerfile"));
	writeFileSync(join(folder, "main.js"), "mine");
	const again = await depin("init", "mine");
	assert.equal(again.code, 2);
	assert.match(again.stderr, /main\.js.* exists/);
	assert.equal(readFileSync(join(folder, "main.js"), "utf8"), "mine");
	const dry = await depin("run", "mine/job.yaml", "--dry-run", "--json");
	assert.equal(dry.json().mostYouCanLose, "50000");
});

test("behavior: bash completes commands, their groups and their options", async () => {
	const { stdout, code } = await depin("completion", "bash");
	assert.equal(code, 0);
	const complete = (...words: string[]) => {
		const line = words.map((word) => `'${word}'`).join(" ");
		const print = 'printf "%s " "$'.concat('{COMPREPLY[@]}"');
		const ask = [stdout, `COMP_WORDS=(depin ${line})`, `COMP_CWORD=${words.length}`, "_depin", print].join("\n");
		return execFileSync("bash", ["-c", ask], { encoding: "utf8" }).trim().split(" ");
	};
	assert.deepEqual(complete("ver"), ["verify"]);
	assert.deepEqual(complete("provider", "un"), ["unstake"]);
	assert.deepEqual(complete("logs", "0x12", "--fo"), ["--follow"]);
	assert.ok(complete("run", "--").includes("--input"));
	assert.ok(complete("provider", "stake", "--").includes("--dry-run"));
	assert.equal((await depin("completion", "cmd")).code, 2);
});

test("behavior: every shell's script names every command", () => {
	for (const shell of SHELLS) {
		const script = completionScript(shell, commands);
		for (const entry of commands) {
			const modules = "group" in entry ? entry.commands : [entry];
			for (const { usage } of modules) assert.ok(script.includes(usage.split(" ")[0] ?? "?"), `${shell}: ${usage}`);
		}
	}
});

test("behavior: every command has a summary, an example, --json and --help", async () => {
	for (const entry of commands) {
		for (const module of "group" in entry ? entry.commands : [entry]) {
			const name = [...("group" in entry ? [entry.group] : []), module.usage.split(" ")[0] ?? ""];
			assert.ok(module.summary && module.examples.length > 0, name.join(" "));
		}
	}
	const help = await depin("withdraw", "--help");
	assert.match(help.stdout, /--json[\s\S]*Example:\n {2}\$ depin withdraw/);
});
