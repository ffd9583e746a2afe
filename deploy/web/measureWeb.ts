import { signLogLines } from "depin/channel";
import type { Page } from "playwright-core";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { quantile } from "../bench/quantile.ts";
import { openBrowser } from "./browser.ts";
import { madeUpOrder, tellOf } from "./madeUpOrder.ts";
import { type Load, measureLoad, scrollFps, slowPage } from "./slowPage.ts";
import { injectWallet } from "./wallet.ts";
import { startWebWorld, type WebWorld } from "./world.ts";

export type WebFigures = Record<"fcpMs" | "ttiMs" | "jsKiB" | "listFps" | "logLinesPerSecond", number>;

const LOADS = 5;
const JOBS = 10_000;
const SCROLL_MS = 3_000;
const EVENTS = 40;
const LINES_AN_EVENT = 500;

/** The page over a whole devnet: first visits to the market, a long list of jobs, a log that comes as fast as it is taken. */
export async function measureWeb(say: (line: string) => void): Promise<WebFigures> {
	const world = await startWebWorld();
	try {
		const loads: Load[] = [];
		for (let run = 0; run < LOADS; run++) {
			const load = await measureLoad(world.site.url, (page) => page.getByText("2 of 2 heard of").waitFor());
			say(
				`load ${run + 1} of ${LOADS}: painted at ${Math.round(load.fcpMs)} ms, interactive at ${Math.round(load.ttiMs)} ms`,
			);
			loads.push(load);
		}
		const middle = (of: "fcpMs" | "ttiMs" | "jsKiB") =>
			Math.round(
				quantile(
					loads.map((load) => load[of]),
					0.5,
				),
			);
		const load = { fcpMs: middle("fcpMs"), ttiMs: middle("ttiMs"), jsKiB: middle("jsKiB") };
		return { ...load, listFps: await measureList(world), logLinesPerSecond: await measureLog(world) };
	} finally {
		await world.stop();
	}
}

async function measureList(world: WebWorld): Promise<number> {
	await using browser = await openBrowser();
	const page = await slowPage(browser);
	await openMadeUp(page, world, JOBS / 2);
	return Math.round(await scrollFps(page, "Jobs of this order", SCROLL_MS));
}

/** From asking for a signed log to its last line on the screen: every event's signature is checked on the way. */
async function measureLog(world: WebWorld): Promise<number> {
	await using browser = await openBrowser();
	const page = await slowPage(browser);
	const { rpcUrl, chainId, accounts } = world.devnet;
	await injectWallet(page, { key: accounts.consumer.key, rpcUrl, chainId });
	const id = await openMadeUp(page, world, 1);
	const body = await logOf(world, id);
	const total = EVENTS * LINES_AN_EVENT;
	await page.route("**/v1/jobs/**/logs", (route) =>
		route.fulfill({
			body,
			headers: { "content-type": "text/event-stream", "access-control-allow-origin": "*" },
		}),
	);
	await page.getByRole("banner").getByRole("button", { name: "Connect wallet" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Test wallet" }).click();
	const took = await page.getByRole("button", { name: "Watch it run" }).evaluate(async (button, lines) => {
		const began = performance.now();
		(button as HTMLButtonElement).click();
		while (!document.body.textContent.includes(`${lines} lines`)) await new Promise(requestAnimationFrame);
		return performance.now() - began;
	}, total);
	return Math.round(total / (took / 1000));
}

async function openMadeUp(page: Page, { devnet, site }: WebWorld, claimed: number): Promise<Hex> {
	const { deployment, accounts, rpcUrl } = devnet;
	const node = accounts.nodes[0]?.address ?? accounts.consumer.address;
	const order = madeUpOrder(deployment, { lots: JOBS, claimed, consumer: accounts.consumer.address, node });
	await tellOf(page, rpcUrl, order);
	await page.goto(`${site.url}#/orders/${order.id}`);
	await page.getByRole("region", { name: "Jobs of this order" }).waitFor();
	return order.id;
}

async function logOf({ devnet }: WebWorld, orderId: Hex): Promise<string> {
	const { deployment, accounts } = devnet;
	const [node] = accounts.nodes;
	if (node === undefined) throw new Error("the devnet has no node");
	const signer = privateKeyToAccount(node.key);
	const events: string[] = [];
	for (let event = 0; event < EVENTS; event++) {
		const from = event * LINES_AN_EVENT;
		const lines = Array.from(
			{ length: LINES_AN_EVENT },
			(_, line) => `step ${from + line}  loss 0.1234  accuracy 0.9876`,
		);
		const said = { task: 0, from, lines, truncated: false };
		const signed = await signLogLines(deployment, signer, { orderId, job: 0 }, said);
		events.push(`id: 0.${from + lines.length}\nevent: lines\ndata: ${JSON.stringify(signed)}\n\n`);
	}
	return `${events.join("")}event: end\ndata: {"because":"ended"}\n\n`;
}
