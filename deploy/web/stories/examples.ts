// Every example can be ordered from the page, the ones that build on other jobs too.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, heading, JOB_MS, post, run, text, visit } from "../visit.ts";
import { paidOrder } from "./consumer.ts";

test(
	"behavior: weights of a finished job are found by its reference, and the order on them is run and holds",
	run,
	async () => {
		const { page, close } = await visit("#/new");
		await connect(page);
		await page.getByRole("radio", { name: /^Read digits/ }).check();
		await text(page, /inputs\[0\]\.from.*names no job yet/);
		assert.ok(await post(page).isDisabled());
		const field = page.getByLabel("Job file");
		const file = await field.inputValue();
		const unknown = file.replace(/0x0{64}/, `0x${"1".repeat(64)}`);
		await field.fill(unknown);
		await text(page, /inputs\[0\]\.from.*cannot be had: No order 0x1111/);
		await field.fill(file.replace(/0x0{64}/, paidOrder));
		await text(page, /would take it/);
		await post(page).click();
		await heading(page, /^Order 0x/).waitFor();
		await page.getByRole("button", { name: "Verify in the browser" }).click({ timeout: JOB_MS });
		await text(page, /All 19 checks hold/, 60_000);
		await text(page, /digits\.json/);
		await close();
	},
);

test("behavior: every example has a price and nodes that would take it", run, async () => {
	const { page, close } = await visit("#/new");
	const cases: [RegExp, RegExp][] = [
		[/^Sentences by meaning/, /0\.10 dUSD/],
		[/^Twenty trainings/, /1\.00 dUSD/],
		[/^Handwritten digits/, /0\.50 dUSD/],
	];
	for (const [example, most] of cases) {
		await page.getByRole("radio", { name: example }).check();
		await page.getByText("Most you can lose").locator("xpath=..").getByText(most).waitFor();
		await text(page, /2 of 2 live nodes/);
	}
	await close();
});
