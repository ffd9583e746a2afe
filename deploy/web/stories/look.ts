// Who can use the page, and on what: accessibility in both themes, every width, and the pictures in docs/img.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import axe from "axe-core";
import { connect, run, settled, text, visit, world } from "../visit.ts";
import { paidOrder } from "./consumer.ts";

/** Where screenshots are kept; only asked for when they are to be looked at. */
const PICTURES = process.env["DEPIN_SCREENSHOTS"];

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
			if (name === "market") await page.locator("canvas").first().waitFor();
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
