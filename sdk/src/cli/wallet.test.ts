// An account in a wallet file, through the real command: made, imported, shown, and paid with.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { type Hex, isAddress } from "viem";
import { type CliResult, profileFolder, runCli } from "../../test/cli.ts";
import { type LocalMarket, startLocalMarket, testAccount } from "../../test/localMarket.ts";
import { type LocalStorage, startLocalStorage } from "../../test/localStorage.ts";
import { listOrders } from "../actions/listOrders.ts";

const PASSPHRASE = "correct horse battery staple";
const JOB = `version: 1
image: bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku
timeout: 60
match: exact
order: { price: "0.50" }
`;
const consumer = testAccount(1);
const profiles = profileFolder();
const at = (name: string) => join(profiles.folder, name);
let market: LocalMarket;
let storage: LocalStorage;
/** Of the consumer, whose key no profile here holds. */
let profile: string;

before(async () => {
	[market, storage] = await Promise.all([startLocalMarket(), startLocalStorage()]);
	const { key, ...rest } = profiles.of(market, consumer);
	const { url, token } = storage;
	profile = profiles.write("profile", {
		...rest,
		keystore: "mine.json",
		storage: { url, token },
		allowPrivateSources: true,
	});
	writeFileSync(at("job.yaml"), JOB);
	await market.mint(consumer, 100_000_000n);
	const imported = await depin(["wallet", "import", "-", "mine.json"], { input: `${key}\n` });
	assert.equal(imported.code, 0, imported.stderr);
	assert.equal(imported.stdout.trim(), consumer.address);
});
after(async () => {
	profiles[Symbol.dispose]();
	await Promise.all([market.stop(), storage.stop()]);
});

type Given = { passphrase?: string; input?: string; env?: Record<string, string> };

function depin(args: string[], { passphrase = PASSPHRASE, input = "", env = {} }: Given = {}): Promise<CliResult> {
	const secret = passphrase === "" ? {} : { DEPIN_PASSPHRASE: passphrase };
	return runCli(args, { cwd: profiles.folder, input, env: { ...secret, ...env } });
}

const mine = (args: string[], given?: Given) => depin([...args, "--profile", profile], given);

test("default: an order is posted and paid for by an account that lies in a wallet file", async () => {
	const posted = await mine(["run", "job.yaml", "--json"]);
	assert.equal(posted.code, 0, posted.stderr);
	const orders = await listOrders(market.client(consumer), { consumer: consumer.address });
	assert.equal(orders.at(-1)?.orderId, posted.json().orderId);
	assert.equal((await mine(["deposit", "1"])).code, 0);
});

test("behavior: nothing asks for the passphrase before something is signed", async () => {
	const locked = { passphrase: "" };
	for (const args of [
		["balance"],
		["ps"],
		["doctor"],
		["deposit", "1", "--dry-run"],
		["run", "job.yaml", "--dry-run"],
	]) {
		const { code, stderr } = await mine(args, locked);
		assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
	}
	const refused = await mine(["deposit", "1"], locked);
	assert.equal(refused.code, 4);
	assert.match(refused.stderr, /needs its passphrase, and nobody is there to ask; nothing was signed/);
	assert.match(refused.stderr, /DEPIN_PASSPHRASE_FILE/);
});

test("behavior: a wrong passphrase signs nothing", async () => {
	const before = (await mine(["balance", "--json"])).json();
	const refused = await mine(["deposit", "1", "--json"], { passphrase: `${PASSPHRASE}.` });
	assert.equal(refused.code, 4);
	assert.equal(refused.json().error.code, "passphrase-wrong");
	assert.deepEqual((await mine(["balance", "--json"])).json(), before);
});

test("behavior: create makes a file for its owner alone, and never writes over one", async () => {
	const made = await depin(["wallet", "create", "new.json", "--json"]);
	assert.equal(made.code, 0, made.stderr);
	const { address, path } = made.json();
	assert.ok(isAddress(address));
	assert.equal(path, at("new.json"));
	assert.equal(statSync(path).mode & 0o777, 0o600);
	const written = readFileSync(path, "utf8");
	assert.equal(JSON.parse(written).version, 3);
	const again = await depin(["wallet", "create", "new.json"]);
	assert.equal(again.code, 2);
	assert.match(again.stderr, /new\.json exists already and is kept/);
	assert.equal(readFileSync(path, "utf8"), written);
	const shown = (await depin(["wallet", "show", "new.json", "--unlock", "--json"])).json();
	assert.deepEqual([shown.address, shown.kdf, shown.unlocked], [address, "scrypt", true]);
});

test("behavior: without a name the file goes to the user's own folder, named by its address", async () => {
	const { address, path } = (
		await depin(["wallet", "create", "--json"], { env: { XDG_CONFIG_HOME: at("xdg") } })
	).json();
	assert.equal(path, at(`xdg/depin/wallets/${address}.json`));
	assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("behavior: show tells whose it is without the passphrase, and never the key", async () => {
	const shown = await mine(["wallet", "show"], { passphrase: "" });
	assert.match(shown.stdout, new RegExp(consumer.address));
	const { key } = profiles.of(market, consumer);
	assert.ok(!shown.stdout.includes(key.slice(2)));
	assert.equal((await mine(["wallet", "show", "--unlock"], { passphrase: "not this one" })).code, 4);
	chmodSync(at("mine.json"), 0o644);
	assert.match((await mine(["balance"])).stderr, /others may read .*mine\.json/);
	chmodSync(at("mine.json"), 0o600);
});

test("behavior: import takes a wallet file of another program, which needs name no address", async () => {
	const { address, ...nameless } = JSON.parse(readFileSync(at("mine.json"), "utf8"));
	writeFileSync(at("nameless.json"), JSON.stringify(nameless));
	const shown = await depin(["wallet", "show", "nameless.json"]);
	assert.match(shown.stderr, /address: is missing; `depin wallet import/);
	const imported = await depin(["wallet", "import", "nameless.json", "named.json"]);
	assert.equal(imported.stdout.trim(), consumer.address, imported.stderr);
	writeFileSync(at("liar.json"), JSON.stringify({ ...nameless, address: "0".repeat(40) }));
	assert.match((await depin(["wallet", "show", "liar.json", "--unlock"])).stderr, /its key is of 0x7099/);
});

test("behavior: what cannot be a wallet is said, and nothing is written", async () => {
	const key: Hex = `0x${"ab".repeat(32)}`;
	writeFileSync(at("broken.json"), readFileSync(at("mine.json"), "utf8").slice(0, 200));
	writeFileSync(at("large.json"), "0".repeat(70_000));
	writeFileSync(at("open.txt"), PASSPHRASE, { mode: 0o644 });
	chmodSync(at("open.txt"), 0o644);
	const openFile = { passphrase: "", env: { DEPIN_PASSPHRASE_FILE: "open.txt" } };
	const cases: [string[], Given, number, RegExp][] = [
		[["wallet", "import", key, "x.json"], {}, 2, /a key must not stand on the command line/],
		[["wallet", "import", "-", "x.json"], { input: "0x12" }, 2, /stdin holds no private key/],
		[["wallet", "import", "-", "x.json"], { input: "0".repeat(64) }, 2, /stdin holds no private key/],
		[["wallet", "import", "broken.json", "x.json"], {}, 2, /broken\.json cannot be used: it is not JSON/],
		[["wallet", "import", "large.json", "x.json"], {}, 2, /it has 70000 bytes/],
		[["wallet", "import", "none.json", "x.json"], {}, 2, /there is no such file/],
		[["wallet", "import", "mine.json", "x.json"], { passphrase: "wrong" }, 4, /does not open/],
		[["wallet", "create", "x.json"], { passphrase: "short" }, 2, /fewer than 8 letters/],
		[["wallet", "create", "x.json"], { passphrase: "" }, 4, /nobody is there to ask/],
		[["wallet", "create", "x.json"], openFile, 2, /others may read it/],
		[["wallet", "show", "broken.json"], {}, 2, /it is not JSON/],
		[["wallet", "show"], { env: { DEPIN_PROFILE: "none" } }, 2, /there is no profile "none"/],
	];
	for (const [args, given, code, says] of cases) {
		const refused = await depin(args, given);
		assert.equal(refused.code, code, `${args.join(" ")}: ${refused.stderr}`);
		assert.match(refused.stderr, says);
		assert.ok(!refused.stdout.includes(key.slice(2)) && !refused.stderr.includes(key.slice(2)));
	}
	assert.throws(() => statSync(at("x.json")));
});

test("behavior: a profile names a key or a wallet file, not both", async () => {
	const path = profiles.write("both", { ...profiles.of(market, consumer), keystore: "mine.json" });
	const refused = await depin(["balance", "--profile", path]);
	assert.equal(refused.code, 2);
	assert.match(refused.stderr, /keystore: stands beside a key/);
});

test("behavior: the passphrase can come from a file or a pipe", async () => {
	writeFileSync(at("passphrase"), `${PASSPHRASE}\n`, { mode: 0o600 });
	const env = { DEPIN_PASSPHRASE_FILE: "passphrase" };
	assert.equal((await mine(["wallet", "show", "--unlock"], { passphrase: "", env })).code, 0);
	const missing = await mine(["wallet", "show", "--unlock"], { passphrase: "", env: { DEPIN_PASSPHRASE_FILE: "no" } });
	assert.equal(missing.code, 2);
});

test("behavior: at a terminal the passphrase is asked for and not shown", {
	skip: existsSync("/usr/bin/script") ? false : "script, an extra tool that gives a terminal, is not installed",
}, async () => {
	const typed = await atTerminal(["wallet", "create", "typed.json"], [/Passphrase of .*: $/, /The same again: $/]);
	assert.match(typed, /0x[0-9a-fA-F]{40}/);
	assert.ok(!typed.includes("horse"), typed);
	const differs = await atTerminal(["wallet", "create", "no.json"], [/Passphrase of .*: $/, /again: $/], "other words");
	assert.match(differs, /the two passphrases differ; nothing was written/);
	const left = await atTerminal(["wallet", "create", "no.json"], [/Passphrase of .*: $/], "\u0003");
	assert.match(left, /interrupted/);
	assert.throws(() => statSync(at("no.json")));
});

/** Runs the command in a terminal of its own; at each question types the passphrase, at the last one `last`. */
function atTerminal(args: string[], questions: RegExp[], last = PASSPHRASE): Promise<string> {
	const line = [process.execPath, resolve(import.meta.dirname, "../../bin/depin.js"), ...args].join(" ");
	const child = spawn("script", ["-qec", line, "/dev/null"], { cwd: profiles.folder });
	let said = "";
	let answered = 0;
	child.stdout.on("data", (chunk: Buffer) => {
		said += chunk;
		if (!questions[answered]?.test(said)) return;
		answered += 1;
		said += "\n";
		child.stdin.write(answered === questions.length ? `${last}\r` : `${PASSPHRASE}\r`);
	});
	return new Promise((done, failed) => child.once("error", failed).once("close", () => done(said)));
}
