// A service that is away, behind, or takes back what it said: what is shown is marked, nothing is lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testClient } from "../../devnet/chain.ts";
import { connect, post, postForNobody, reserveForNobody, run, text, visit, world } from "../visit.ts";
import { paidOrder } from "./consumer.ts";

test(
	"behavior: the endpoint goes away in the middle of a transaction: the hash is kept, and later the order is there",
	run,
	async () => {
		const { page, wallet, close } = await visit("#/new");
		const { rpcUrl } = world.devnet;
		await connect(page);
		await reserveForNobody(page);
		wallet.afterSend = async () => {
			await page.route(`${rpcUrl}/**`, (route) => route.abort("connectionrefused"));
		};
		await post(page).click();
		await text(page, /Sent as/);
		await page.unroute(`${rpcUrl}/**`);
		await page.getByRole("link", { name: "Account" }).click();
		await page.getByRole("cell", { name: "waiting" }).first().waitFor();
		await close();
	},
);

test("behavior: with the endpoint down an order is shown from the indexer's copy, and says so", run, async () => {
	const { page, close } = await visit();
	await page.route(`${world.devnet.rpcUrl}/**`, (route) => route.abort("connectionrefused"));
	await page.goto(`${world.site.url}#/orders/${paidOrder}`);
	await text(page, /This is the indexer's copy/);
	await text(page, /Claimed by a node/);
	await page.unroute(`${world.devnet.rpcUrl}/**`);
	await page.getByText("This is the indexer's copy").waitFor({ state: "detached" });
	await close();
});

test("behavior: with storage down nothing counts as checked", run, async () => {
	const { page, close } = await visit(`#/orders/${paidOrder}`);
	await page.route(`${world.devnet.storage.url}/**`, (route) => route.abort("connectionrefused"));
	await page.getByRole("button", { name: "Verify in the browser" }).click();
	await text(page, /of 19 checks do not hold/);
	await page.unroute(`${world.devnet.storage.url}/**`);
	await page.getByRole("button", { name: "Check again" }).click();
	await text(page, /All 19 checks hold/);
	await close();
});

test("behavior: an indexer that lags or is gone is said, and orders go on from the chain", run, async () => {
	const { page, close } = await visit(`#/orders/${paidOrder}`);
	await text(page, /The result was accepted/);
	const pid = world.devnet.mirror?.pid ?? 0;
	process.kill(pid, "SIGSTOP");
	try {
		await text(page, /The indexer is \d+ blocks behind|The indexer does not answer/, 60_000);
		await text(page, /The result was accepted/);
	} finally {
		process.kill(pid, "SIGCONT");
	}
	await page.getByText(/The indexer (is|does)/).waitFor({ state: "detached", timeout: 60_000 });
	await close();
});

test("behavior: when the chain takes back a block, what stood in it goes and the page says so", run, async () => {
	const { page, close } = await visit("#/new");
	const orderId = await postForNobody(page);
	await text(page, /Order posted/);
	const chain = testClient(world.devnet.rpcUrl);
	const before = await chain.snapshot();
	await page.getByRole("button", { name: "Cancel" }).click();
	await text(page, /Order closed/);
	await chain.revert({ id: before });
	await text(page, /The chain took a step back/);
	await page.getByText("Order closed").waitFor({ state: "detached" });
	assert.match(page.url(), new RegExp(orderId));
	await close();
});
