// docs/api.md: every line of its shell blocks is run as written, and answers what the block after it shows.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, suite, test } from "node:test";
import { type LocalChain, startChain } from "./chain.ts";
import { open, script } from "./history.ts";
import { type Mirror, startMirror } from "./mirror.ts";
import { createWorld } from "./world.ts";

type Example = { lines: string; kind: string; shown: string };

const PAGE = resolve(import.meta.dirname, "../../docs/api.md");
/** The page's first block starts the market and names it; here the test does. */
const [, ...examples] = examplesOf(readFileSync(PAGE, "utf8"));

suite("docs", { timeout: 300_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-docs-"));
	let chain: LocalChain;
	let mirror: Mirror;

	before(async () => {
		chain = await startChain(dir);
		const world = await createWorld(chain, 5);
		await open(world);
		await script(world);
		mirror = await startMirror({ ...chain, dir });
		await mirror.follows(chain);
	});
	after(async () => {
		await mirror?.stop();
		await chain?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test("default: every curl line answers as its page says", (t) => {
		const setting: string[] = [`INDEXER=${mirror.url}`];
		for (const { lines, kind, shown } of examples) {
			const said = execFileSync("sh", ["-euc", [...setting, lines].join("\n")], { encoding: "utf8" });
			if (kind === "") setting.push(lines);
			else if (kind === "text") assertText(said.trim(), shown.trim(), lines);
			else assertShown(JSON.parse(said), JSON.parse(shown), lines);
		}
		const curls = examples.filter(({ kind }) => kind !== "").length;
		assert.ok(curls >= 20, `${curls} examples`);
		t.diagnostic(`${curls} examples run`);
	});
});

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
