// The consumer's whole story.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, heading, JOB_MS, orderOf, post, run, text, visit } from "../visit.ts";

/** An order that was paid, for the stories after the one that made it. */
export let paidOrder = "";

test("default: open, pick the example, sign once, watch it run, verify it here, accept, paid", run, async () => {
	const { page, wallet, close } = await visit();
	await heading(page, /^Market$/).waitFor();
	await page.getByText("2 of 2 heard of").waitFor();
	await connect(page);
	await page.getByRole("link", { name: "New order" }).click();
	await page.getByText(/2 of 2 live nodes/).waitFor();
	await post(page).click();
	await heading(page, /^Order 0x/).waitFor();
	assert.deepEqual(wallet.asked, ["eth_sendTransaction"], "the balance covers it: one transaction and nothing else");
	paidOrder = orderOf(page);
	await text(page, /Claimed by a node/, JOB_MS);
	await page.getByRole("button", { name: "Watch it run" }).click();
	await page
		.getByRole("region", { name: "Live log" })
		.getByText(/digits to learn from/)
		.waitFor({ timeout: JOB_MS });
	assert.deepEqual(wallet.asked, ["eth_sendTransaction", "eth_signTypedData_v4"]);
	await page.getByRole("button", { name: "Verify in the browser" }).click({ timeout: JOB_MS });
	await text(page, /All 19 checks hold/, 60_000);
	await text(page, /accuracy/);
	await page.getByRole("tab", { name: "Logs" }).click();
	await text(page, /epoch/i);
	await page.getByRole("button", { name: /Accept and pay 0\.50 dUSD/ }).click();
	await text(page, /The result was accepted and the node is paid/);
	await text(page, /Container started/);
	await close();
});
