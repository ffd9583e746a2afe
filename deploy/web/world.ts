// What the browser tests stand on: a whole devnet, the page over it, and a job to order that is real and short.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { ensureContracts } from "../contracts.ts";
import { type Devnet, startDevnet } from "../devnet/devnet.ts";
import { type StoredJob, storeExamples } from "../devnet/examples.ts";
import { type Example, type Site, serveSite } from "../devnet/site.ts";
import { ensureBaseImage } from "../engine/baseImage.ts";
import { ensureEngine } from "../engine/ensure.ts";
import { ensureSite } from "../site.ts";

export type WebWorld = { devnet: Devnet; site: Site; stop(): Promise<void> };

export async function startWebWorld(): Promise<WebWorld> {
	const say = (line: string) => console.error(line);
	const [engine] = await Promise.all([ensureEngine(say), ensureContracts(say), ensureSite(say)]);
	const stateDir = mkdtempSync(join(tmpdir(), "depin-web-"));
	await ensureBaseImage(engine.docker);
	const devnet = await startDevnet({ stateDir, profilePath: join(stateDir, "profile.json"), engine });
	const stop = async () => {
		await devnet.stop();
		rmSync(stateDir, { recursive: true, force: true });
	};
	try {
		const site = await serveSite(devnet, { port: devnet.sitePort });
		site.offer(await examples(devnet));
		return { devnet, site, stop: () => site.close().then(stop) };
	} catch (error) {
		await stop();
		throw error;
	}
}

/** The examples as `npm start` offers them, the first trained for half as long. */
async function examples(devnet: Devnet): Promise<Example[]> {
	const signal = AbortSignal.timeout(300_000);
	const offered: Example[] = [];
	await storeExamples(devnet, { digits: undefined, signal, onStored: (example) => offered.push(example) });
	return offered.map((example, index) => {
		const job: StoredJob = parse(example.file);
		const file = index === 0 ? { ...job, env: { ...job.env, EPOCHS: "4" } } : job;
		return { ...example, file: JSON.stringify(file, undefined, 2) };
	});
}
