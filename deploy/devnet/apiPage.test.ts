// docs/api.md against `npm start`: every line of its shell blocks is run as written, and answers what the block after it
// shows. And what a person whose order nobody can take is told.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, suite, test } from "node:test";

type Example = { lines: string; kind: string; shown: string };

const ROOT = resolve(import.meta.dirname, "../..");
/** The page's first block starts the market and names it; here the test does. */
const [, ...examples] = examplesOf(readFileSync(join(ROOT, "docs/api.md"), "utf8"));
const curls = examples.filter(({ kind }) => kind !== "").length;

suite("docs/api.md", { timeout: 10 * 60_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-page-"));
	let devnet: ChildProcess;
	let indexer: string;
	let profile: string;

	before(async () => {
		devnet = spawn(process.execPath, [join(ROOT, "deploy/devnet/start.ts"), "--any-port", "--dir", dir], {
			stdio: ["ignore", "pipe", "pipe"],
		});
		const said = await says(devnet, /Ctrl-C stops everything/);
		[, indexer = ""] = /^indexer +(http:\/\/[^/\s]+)/m.exec(said) ?? [];
		[, profile = ""] = /^profile +(\S+)/m.exec(said) ?? [];
	});
	after(async () => {
		const ended = new Promise((settle) => devnet.once("close", settle));
		if (devnet.exitCode === null && devnet.kill("SIGTERM")) await ended;
		rmSync(dir, { recursive: true, force: true });
	});

	test(`default: its ${curls} curl lines answer as it says`, () => {
		assert.ok(curls >= 30);
		const setting: string[] = [`INDEXER=${indexer}`];
		for (const { lines, kind, shown } of examples) {
			const said = execFileSync("sh", ["-euc", [...setting, lines].join("\n")], { encoding: "utf8" });
			if (kind === "") setting.push(lines);
			else if (kind === "text") assertText(said.trim(), shown.trim(), lines);
			else assertShown(JSON.parse(said), JSON.parse(shown), lines);
		}
	});

	test("behavior: `depin quote` on an impossible order says which constraint to relax", () => {
		const job = join(dir, "impossible.yaml");
		writeFileSync(job, IMPOSSIBLE);
		const command = [join(ROOT, "sdk/bin/depin.js"), "quote", job, "--profile", profile];
		const said = execFileSync(process.execPath, command, { encoding: "utf8" });
		assert.match(said, /^alive {6}2 node\(s\), of which 0 meet the order/m);
		assert.match(said, /^ {11}cpus 256: 2 to 0$/m);
		assert.match(said, /^relax {6}cpus 256 to [\d.]+: 2 more node\(s\)$/m);
	});
});

const IMPOSSIBLE = `version: 1
image: ./anything
timeout: 60
resources: { cpus: 256 }
order: { price: "0.50" }
`;

/** What a process has printed, once it has printed this. */
function says(child: ChildProcess, pattern: RegExp): Promise<string> {
	let said = "";
	return new Promise((settle, reject) => {
		const hear = (part: Buffer) => {
			said += part;
			if (pattern.test(said)) settle(said);
		};
		child.stdout?.on("data", hear);
		child.stderr?.on("data", hear);
		child.once("close", () => reject(new Error(`ended before it said ${pattern}:\n${said}`)));
	});
}

/** The shell blocks of a page, each with the block that follows it at once: what it answers. */
function examplesOf(page: string): Example[] {
	const blocks = page.matchAll(/```sh\n([^`]*)```\n(?:```(json|text)\n([^`]*)```)?/g);
	return Array.from(blocks, ([, lines = "", kind = "", shown = ""]) => ({ lines, kind, shown }));
}

/** Asserts that `said` has every member of `shown`: numbers and amounts of any value, text to the letter but for `…`. */
function assertShown(said: unknown, shown: unknown, where: string): void {
	if (typeof shown === "string") {
		assertText(said, shown, where);
	} else if (typeof shown === "object" && shown !== null) {
		assert.ok(typeof said === "object" && said !== null, where);
		assert.equal(Array.isArray(said), Array.isArray(shown), where);
		for (const [name, value] of Object.entries(shown))
			assertShown((said as Record<string, unknown>)[name], value, `${where.trim()} → .${name}`);
	} else {
		assert.equal(typeof said, typeof shown, where);
		// What a refusal is refused with is what its line is there to show.
		if (typeof shown !== "number" || (shown >= 400 && shown < 600)) assert.equal(said, shown, where);
	}
}

function assertText(said: unknown, shown: string, where: string): void {
	assert.ok(typeof said === "string", `${where} is text`);
	const literal = (part: string) => part.replaceAll(/[^\w\s]/g, (sign) => `\\${sign}`);
	const form = /^\d+$/.test(shown) ? "-?\\d+" : shown.split("…").map(literal).join(".*");
	assert.match(said, new RegExp(`^${form}$`), where);
}
