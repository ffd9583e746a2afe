// The page in a real browser over a whole devnet: what a consumer does, what can go wrong, who can use it.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { wellKnown } from "../devnet/accounts.ts";
import { testClient } from "../devnet/chain.ts";
import { lackOf } from "../setup/servers.ts";
import { type Browser, openBrowser } from "./browser.ts";
import { injectWallet, type TestWallet } from "./wallet.ts";
import { startWebWorld, type WebWorld } from "./world.ts";

const skip = lackOf("chromium");
const run = { skip, timeout: 240_000 };
/** A busy machine trains for a while; nothing else takes nearly as long. */
const JOB_MS = 180_000;
/** Where screenshots are kept; only asked for when they are to be looked at. */
const PICTURES = process.env["DEPIN_SCREENSHOTS"];

let world: WebWorld;
let browser: Browser;
/** An order that was paid, for the tests after the one that made it. */
let paidOrder = "";
const refusedByPolicy: string[] = [];
const asked = new Set<string>();

before(
	async () => {
		if (skip) return;
		world = await startWebWorld();
		browser = await openBrowser();
		browser.context.setDefaultTimeout(20_000);
		browser.context.on("request", (request) => asked.add(new URL(request.url()).origin));
		browser.context.on("console", (message) => {
			if (/Content Security Policy/.test(message.text())) refusedByPolicy.push(message.text());
		});
	},
	{ timeout: 600_000 },
);
after(async () => {
	await browser?.[Symbol.asyncDispose]();
	await world?.stop();
});

type Visit = { page: Page; wallet: TestWallet; close(): Promise<void> };

/** A fresh tab with a wallet that holds an account's key; well-known account 1 is the devnet's consumer. */
async function visit(path = "", account = 1): Promise<Visit> {
	const page = await browser.context.newPage();
	const { rpcUrl, chainId } = world.devnet;
	const wallet = await injectWallet(page, { key: wellKnown(account).key, rpcUrl, chainId });
	await page.goto(world.site.url);
	await page.evaluate(() => localStorage.clear());
	await page.goto(`${world.site.url}${path}`);
	await page.reload();
	return { page, wallet, close: () => page.close() };
}

async function connect(page: Page, name = "Test wallet"): Promise<void> {
	await page.getByRole("banner").getByRole("button", { name: "Connect wallet" }).click();
	await page.getByRole("dialog").getByRole("button", { name }).click();
	await page.getByRole("dialog").waitFor({ state: "detached" });
}

const post = (page: Page) => page.getByRole("button", { name: "Sign and post" });
const heading = (page: Page, name: RegExp) => page.getByRole("heading", { level: 1, name });
const text = (page: Page, said: RegExp, timeout = 20_000) => page.getByText(said).first().waitFor({ timeout });

/** A job that no node may claim stays where a test wants it. */
async function reserveForNobody(page: Page): Promise<void> {
	const field = page.getByLabel("Job file");
	const file = JSON.parse(await field.inputValue());
	file.order = { ...file.order, node: "0x000000000000000000000000000000000000dEaD" };
	await field.fill(JSON.stringify(file));
}

async function postForNobody(page: Page): Promise<string> {
	await connect(page);
	await reserveForNobody(page);
	await post(page).click();
	await heading(page, /^Order 0x/).waitFor();
	return /0x[0-9a-f]{64}/.exec(page.url())?.[0] ?? "";
}

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
	paidOrder = /0x[0-9a-f]{64}/.exec(page.url())?.[0] ?? "";
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

const routes = () => {
	const node = world.devnet.accounts.nodes[0]?.address ?? "";
	return { market: "", order: `#/orders/${paidOrder}`, new: "#/new", account: "#/account", node: `#/nodes/${node}` };
};

for (const theme of ["light", "dark"] as const)
	test(`behavior: no page has an accessibility violation, ${theme}`, run, async () => {
		for (const [name, path] of Object.entries(routes())) {
			const { page, close } = await visit();
			await page.evaluate((wanted) => localStorage.setItem("depin.theme", wanted), theme);
			await page.goto(`${world.site.url}${path}`);
			await page.reload();
			await connect(page);
			if (name === "order") {
				await page.getByRole("button", { name: "Verify in the browser" }).click();
				await text(page, /All 19 checks hold/);
				await page.getByText("Every check").click();
			}
			await settled(page);
			await page.evaluate(axe.source);
			const found = await page.evaluate(async () => {
				const { axe: here } = window as unknown as { axe: typeof axe };
				const { violations } = await here.run({
					runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
				});
				return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
			});
			assert.deepEqual(found, [], name);
			await close();
		}
	});

/** Nothing is on its way any more. */
async function settled(page: Page): Promise<void> {
	await heading(page, /./).waitFor();
	await page.waitForFunction(() => document.querySelector(".skeleton") === null);
}

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

test("behavior: every page fits 360, 768 and 1440 pixels", run, async () => {
	for (const width of [360, 768, 1440]) {
		for (const [name, path] of Object.entries(routes())) {
			const { page, close } = await visit(path);
			await page.setViewportSize({ width, height: 900 });
			if (name === "order") {
				await page.getByRole("button", { name: "Verify in the browser" }).click();
				await text(page, /All 19 checks hold/);
			}
			if (name === "account") await connect(page);
			await settled(page);
			const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
			assert.ok(over <= 0, `${name} at ${width} is ${over} px too wide`);
			if (PICTURES !== undefined) {
				mkdirSync(PICTURES, { recursive: true });
				await page.screenshot({ path: join(PICTURES, `${name}-${width}.png`), fullPage: true });
			}
			await close();
		}
	}
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

test("behavior: the page asked nobody but this market's services, and broke no rule of its policy", {
	skip,
}, async () => {
	const { devnet, site } = world;
	const known = [site.url, devnet.rpcUrl, devnet.gateway?.url ?? "", devnet.storage.url, devnet.channelUrl];
	const allowed = new Set(known.map((url) => new URL(url).origin));
	assert.deepEqual(
		[...asked].filter((origin) => !allowed.has(origin) && origin !== "null"),
		[],
	);
	assert.deepEqual(refusedByPolicy, []);
});
