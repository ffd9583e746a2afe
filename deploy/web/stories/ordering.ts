// Ordering: what it costs, who would take it, and what a wallet may answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { connect, heading, post, reserveForNobody, run, text, visit } from "../visit.ts";

test("behavior: a short balance costs one signature more, in the same transaction", run, async () => {
	// The deployer has a full wallet and nothing on the Market; an owner of a node may have earned something meanwhile.
	const { page, wallet, close } = await visit("#/new", 0);
	await connect(page);
	await text(page, /0\.50 dUSD, by one signature/);
	await reserveForNobody(page);
	await post(page).click();
	await heading(page, /^Order 0x/).waitFor();
	assert.deepEqual(wallet.asked, ["eth_signTypedData_v4", "eth_sendTransaction"]);
	await page.getByRole("button", { name: "Cancel" }).click();
	await text(page, /the money is back|it ended without a result/i);
	await close();
});

test("behavior: a refused signature says that nothing moved, and can be given after all", run, async () => {
	const { page, wallet, close } = await visit("#/new");
	await connect(page);
	await reserveForNobody(page);
	wallet.refuses = true;
	await post(page).click();
	await page.getByRole("alert").getByText("You refused it in the wallet").waitFor();
	await text(page, /Nothing was sent and nothing moved/);
	wallet.refuses = false;
	await post(page).click();
	await heading(page, /^Order 0x/).waitFor();
	await close();
});

test("behavior: who has no money is told how much is missing before signing anything", run, async () => {
	const { page, wallet, close } = await visit("#/new", 15);
	await connect(page);
	await page
		.getByRole("alert")
		.getByText(/0\.50 dUSD/)
		.first()
		.waitFor();
	await post(page).click();
	assert.deepEqual(wallet.asked, []);
	await close();
});

test("behavior: a wallet on another chain is asked to move before it is asked to sign", run, async () => {
	const { page, wallet, close } = await visit("#/new");
	wallet.chainId = 1;
	await connect(page);
	await text(page, /Your wallet is on chain 1/);
	assert.equal(await post(page).count(), 0);
	await page.getByRole("button", { name: "Switch to devnet" }).click();
	await post(page).waitFor();
	assert.deepEqual(wallet.asked, ["wallet_switchEthereumChain"]);
	await close();
});

test("behavior: nothing would take it: which demand stands in the way, and what to change", run, async () => {
	const { page, close } = await visit("#/new");
	const field = page.getByLabel("Job file");
	const file = JSON.parse(await field.inputValue());
	file.resources.gpus = 4;
	await field.fill(JSON.stringify(file));
	await text(page, /Why nothing matches/);
	await text(page, /GPUs 4: 2 to 0/);
	await text(page, /GPUs 4 → 0: 2 more/);
	file.resources.memoryMiB = "much";
	await field.fill(JSON.stringify(file));
	await text(page, /resources\.memoryMiB/);
	await close();
});

test("behavior: an order can be placed by keyboard alone, with the demo wallet", run, async () => {
	const { page, close } = await visit();
	await heading(page, /^Market$/).waitFor();
	await page.getByText("2 of 2 heard of").waitFor();
	await tabTo(page, "New order");
	await page.keyboard.press("Enter");
	await heading(page, /^New order$/).waitFor();
	await text(page, /would take it/);
	await tabTo(page, "Connect a wallet to go on");
	await page.keyboard.press("Enter");
	await page.getByRole("dialog").waitFor();
	await tabTo(page, "Demo wallet");
	await page.keyboard.press("Enter");
	await page.getByRole("dialog").waitFor({ state: "detached" });
	await post(page).waitFor();
	await tabTo(page, "Sign and post");
	await page.keyboard.press("Enter");
	await heading(page, /^Order 0x/).waitFor();
	await close();
});

/** Presses Tab until the thing of that name has the focus, which must be visible. */
async function tabTo(page: Page, name: string): Promise<void> {
	for (let presses = 0; presses < 60; presses++) {
		await page.keyboard.press("Tab");
		const focused = await page.evaluate(() => document.activeElement?.textContent ?? "");
		if (focused.startsWith(name)) return;
	}
	assert.fail(`${name} cannot be reached with Tab`);
}
