import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { startWorld, type World } from "../../test/world.ts";
import { examine, type Finding } from "./examine.ts";

let world: World;
let dir: string;
let good: Record<string, unknown>;
before(async () => {
	world = await startWorld({ nodes: 1, keeper: false });
	dir = await mkdtemp(join(tmpdir(), "depin-doctor-"));
	const own = world.devnet.nodes[0]?.configPath ?? "";
	good = JSON.parse(await readFile(own, "utf8"));
	good["key"] = { file: join(dirname(own), "node.key") };
	good["stateDir"] = join(dir, "state");
});
after(async () => {
	await world.stop();
	await rm(dir, { recursive: true, force: true });
});

async function diagnose(changes: Record<string, unknown>): Promise<Finding[]> {
	const file = join(dir, "node.json");
	await writeFile(file, JSON.stringify({ ...good, ...changes }));
	return examine(file);
}

test("default", async () => {
	const findings = await diagnose({});
	const names = [
		"configuration",
		"key",
		"state",
		"engine",
		"tiers",
		"quota",
		"chain",
		"gas",
		"registration",
		"storage",
	];
	assert.deepEqual(
		findings.map(({ check, trouble }) => [check, trouble?.cause]),
		names.map((name) => [name, undefined]),
	);
});

/** A machine or configuration made broken, the check that must say so, its cause and its fix. */
const broken: [
	name: string,
	check: string,
	cause: RegExp,
	fix: RegExp,
	make: () => Promise<Record<string, unknown>>,
][] = [
	["a field that does not exist", "configuration", /colour/, /operations\.md/, async () => ({ colour: "red" })],
	["no key", "key", /no key at/, /init/, async () => ({ key: { file: join(dir, "none.key") } })],
	[
		"a key that others can read",
		"key",
		/readable by others; run chmod 600/,
		/init|name/,
		async () => {
			const file = join(dir, "open.key");
			await writeFile(file, `0x${"11".repeat(32)}`);
			await chmod(file, 0o644);
			return { key: { file } };
		},
	],
	["no engine", "engine", /no engine at/, /docker\.io/, async () => ({ engine: { socket: join(dir, "no.sock") } })],
	[
		"an engine that is no engine",
		"engine",
		/did not answer/,
		/systemctl start docker/,
		async () => {
			await writeFile(join(dir, "dead.sock"), "");
			return { engine: { socket: join(dir, "dead.sock") } };
		},
	],
	[
		"a tier without a runtime",
		"tiers",
		/no runtime for vm/,
		/daemon\.json/,
		async () => ({ tiers: ["container", "vm"] }),
	],
	[
		"a chain that does not answer",
		"chain",
		/127\.0\.0\.1:9.* does not answer/,
		/rpcUrl/,
		async () => ({ chain: { ...(good["chain"] as object), rpcUrl: "http://127.0.0.1:9" } }),
	],
	[
		"no Market at the address",
		"chain",
		/Market/,
		/chain\.market/,
		async () => ({ chain: { ...(good["chain"] as object), market: `0x${"12".repeat(20)}` } }),
	],
	[
		"a key without coin, and not registered",
		"gas",
		/has no coin/,
		/Send a little/,
		async () => ({ key: { file: await freshKey() } }),
	],
	[
		"a key nobody registered",
		"registration",
		/is not registered/,
		/depin provider register/,
		async () => ({ key: { file: await freshKey() } }),
	],
	[
		"somebody else's node",
		"registration",
		/who would be paid/,
		/owner/,
		async () => ({ owner: world.devnet.accounts.deployer.address }),
	],
	[
		"another class than registered",
		"registration",
		/registered for class 1/,
		/Set class to 1/,
		async () => ({ class: 7 }),
	],
	[
		"a storage node that is down",
		"storage",
		/nothing answers/,
		/depin-worker storage/,
		async () => ({ storage: { url: "http://127.0.0.1:9", token: "x" } }),
	],
	[
		"a token the storage node does not know",
		"storage",
		/does not take this token/,
		/storage\.token/,
		async () => ({ storage: { url: world.devnet.storage.url, token: "not-the-right-one" } }),
	],
	["more GPUs than there are", "GPUs", /capacity\.gpus is 64/, /nvidia-smi/, async () => ({ capacity: { gpus: 64 } })],
];
for (const [name, check, cause, fix, make] of broken)
	test(`behavior: ${name}`, async () => {
		const finding = (await diagnose(await make())).find((one) => one.check === check);
		assert.match(finding?.trouble?.cause ?? "nothing is wrong", cause);
		assert.match(finding?.trouble?.fix ?? "", fix);
	});

test("behavior: something else that answers is not taken for a storage node", async () => {
	const other = createServer((_, response) => response.writeHead(404).end());
	await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
	const { port } = other.address() as { port: number };
	const storage = { url: `http://127.0.0.1:${port}`, token: "x" };
	const finding = (await diagnose({ storage })).find((one) => one.check === "storage");
	other.close();
	assert.match(finding?.trouble?.cause ?? "", /answers 404/);
});

async function freshKey(): Promise<string> {
	const file = join(dir, "fresh.key");
	await mkdir(dir, { recursive: true });
	await writeFile(file, `0x${"99".repeat(31)}42`, { mode: 0o600 });
	return file;
}
