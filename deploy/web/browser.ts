import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { CHROMIUM } from "../setup/servers.ts";

/** Nothing that Chromium does by itself may reach the network or this machine's own profile. */
const FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

export type Browser = { context: BrowserContext; [Symbol.asyncDispose](): Promise<void> };

/** A browser of its own, with an empty profile that goes with it. */
export async function openBrowser(viewport = { width: 1280, height: 900 }): Promise<Browser> {
	const profile = mkdtempSync(join(tmpdir(), "depin-chromium-"));
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: CHROMIUM,
		headless: true,
		args: FLAGS,
		viewport,
		permissions: [],
	});
	return {
		context,
		async [Symbol.asyncDispose]() {
			await context.close();
			rmSync(profile, { recursive: true, force: true });
		},
	};
}
