// What bench:web measures in the page itself, with the processor slowed down four times.
import type { Page } from "playwright-core";
import { type Browser, openBrowser } from "./browser.ts";

const SLOWER = 4;
/** No long task within this counts as quiet; milliseconds. */
const QUIET_MS = 2_000;

export type Load = {
	/** First contentful paint, and the end of the last long task of the load; milliseconds since navigation. */
	fcpMs: number;
	ttiMs: number;
	/** Scripts of the first load as they came over the wire. */
	jsKiB: number;
};

/** A first visit: nothing is cached. */
export async function measureLoad(url: string, ready: (page: Page) => Promise<void>): Promise<Load> {
	await using browser = await openBrowser();
	const page = await slowPage(browser);
	await page.addInitScript(() => {
		const ends: number[] = [];
		Object.assign(window, { longTaskEnds: ends });
		new PerformanceObserver((list) => {
			for (const { startTime, duration } of list.getEntries()) ends.push(startTime + duration);
		}).observe({ type: "longtask", buffered: true });
	});
	await page.goto(url);
	await ready(page);
	await page.waitForTimeout(QUIET_MS);
	// Awaited here: the browser goes when this function returns.
	return await page.evaluate((quiet) => {
		const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN;
		const { longTaskEnds } = window as unknown as { longTaskEnds: number[] };
		// Long tasks that follow a quiet window are no longer the load's.
		let interactive = paint;
		for (const end of longTaskEnds) if (end - interactive < quiet) interactive = Math.max(interactive, end);
		const scripts = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
		const bytes = scripts.filter(({ name }) => name.endsWith(".js")).reduce((sum, one) => sum + one.encodedBodySize, 0);
		return { fcpMs: paint, ttiMs: interactive, jsKiB: bytes / 1024 };
	}, QUIET_MS);
}

export async function slowPage({ context }: Browser): Promise<Page> {
	const page = await context.newPage();
	const devtools = await context.newCDPSession(page);
	await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
	return page;
}

/** Scrolls a region down frame by frame and counts the frames that were drawn in a second. */
export function scrollFps(page: Page, region: string, ms: number): Promise<number> {
	return page.getByRole("region", { name: region }).evaluate(async (element, span) => {
		const began = performance.now();
		let frames = 0;
		while (performance.now() - began < span) {
			await new Promise(requestAnimationFrame);
			element.scrollTop += 120;
			frames += 1;
		}
		return (frames * 1000) / (performance.now() - began);
	}, ms);
}
