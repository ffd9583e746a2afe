// What the stories share: one devnet, one browser, and the words for what a person does in it.
import { after, before } from "node:test";
import type { Page } from "playwright-core";
import { wellKnown } from "../devnet/accounts.ts";
import { lackOf } from "../setup/servers.ts";
import { type Browser, openBrowser } from "./browser.ts";
import { injectWallet, type TestWallet } from "./wallet.ts";
import { startWebWorld, type WebWorld } from "./world.ts";

export const skip = lackOf("chromium");
export const run = { skip, timeout: 240_000 };
/** A busy machine trains for a while; nothing else takes nearly as long. */
export const JOB_MS = 180_000;

export let world: WebWorld;
let browser: Browser;
export const refusedByPolicy: string[] = [];
/** Origins that any page asked for anything. */
export const asked = new Set<string>();

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

export type Visit = { page: Page; wallet: TestWallet; close(): Promise<void> };

/** A fresh tab with a wallet that holds an account's key; well-known account 1 is the devnet's consumer. */
export async function visit(path = "", account = 1): Promise<Visit> {
	const page = await browser.context.newPage();
	const { rpcUrl, chainId } = world.devnet;
	const wallet = await injectWallet(page, { key: wellKnown(account).key, rpcUrl, chainId });
	await page.goto(world.site.url);
	await page.evaluate(() => localStorage.clear());
	await page.goto(`${world.site.url}${path}`);
	await page.reload();
	return { page, wallet, close: () => page.close() };
}

export async function connect(page: Page, name = "Test wallet"): Promise<void> {
	await page.getByRole("banner").getByRole("button", { name: "Connect wallet" }).click();
	await page.getByRole("dialog").getByRole("button", { name }).click();
	await page.getByRole("dialog").waitFor({ state: "detached" });
}

export const post = (page: Page) => page.getByRole("button", { name: "Sign and post" });
export const heading = (page: Page, name: RegExp) => page.getByRole("heading", { level: 1, name });
export const text = (page: Page, said: RegExp, timeout = 20_000) => page.getByText(said).first().waitFor({ timeout });
/** The order whose page is open. */
export const orderOf = (page: Page) => /0x[0-9a-f]{64}/.exec(page.url())?.[0] ?? "";

/** A job that no node may claim stays where a test wants it. */
export async function reserveForNobody(page: Page): Promise<void> {
	const field = page.getByLabel("Job file");
	const file = JSON.parse(await field.inputValue());
	file.order = { ...file.order, node: "0x000000000000000000000000000000000000dEaD" };
	await field.fill(JSON.stringify(file));
}

export async function postForNobody(page: Page): Promise<string> {
	await connect(page);
	await reserveForNobody(page);
	await post(page).click();
	await heading(page, /^Order 0x/).waitFor();
	return orderOf(page);
}

/** Nothing is on its way any more. */
export async function settled(page: Page): Promise<void> {
	await heading(page, /./).waitFor();
	await page.waitForFunction(() => document.querySelector(".skeleton") === null);
}
