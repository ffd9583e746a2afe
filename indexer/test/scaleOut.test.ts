// Several of each over one PostgreSQL: one process indexes, two answer, two gateways stand before them, nginx before all.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, suite, test } from "node:test";
import { type ShownHeartbeat, signHeartbeat } from "depin/indexer";
import { mnemonicToAccount } from "viem/accounts";
import { startPonder } from "../../deploy/bench/ponderProcess.ts";
import { type Postgres, startPostgres } from "../../deploy/bench/postgres.ts";
import { freePort } from "../../deploy/setup/freePort.ts";
import { lackOf, NGINX } from "../../deploy/setup/servers.ts";
import { heartbeat } from "../../sdk/src/indexer/heartbeat.fixture.ts";
import { type LocalChain, startChain } from "./chain.ts";
import { until } from "./mirror.ts";
import { open, script } from "./script.ts";
import { createWorld } from "./world.ts";

/** Of the local chain's accounts, known to everybody. */
const HARDHAT_MNEMONIC = "test test test test test test test test test test test junk";

const GATEWAY = resolve(import.meta.dirname, "../gateway/main.ts");

suite("scale out", { skip: lackOf("postgresql", "nginx"), timeout: 300_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-scale-"));
	const children: ChildProcess[] = [];
	const ponders: ReturnType<typeof startPonder>[] = [];
	let chain: LocalChain;
	let postgres: Postgres;
	let url: string;
	const gateways: string[] = [];

	/** A process of the test's own, ended with it. */
	function launch(program: string, args: string[]): ChildProcess {
		const child = spawn(program, args, { cwd: dir, stdio: ["ignore", "ignore", "inherit"] });
		children.push(child);
		return child;
	}
	const statusOf = (path: string) =>
		fetch(path, { headers: { connection: "close" } }).then(
			(answer) => answer.status,
			() => 0,
		);

	before(async () => {
		chain = await startChain(dir);
		const world = await createWorld(chain, 8);
		await open(world);
		await script(world);
		postgres = await startPostgres(await freePort());
		const ponder = async (command: "start" | "serve") => {
			const setting = { app: "indexer", schema: "mirror", dir, rpcUrl: chain.url, databaseUrl: postgres.url };
			const started = startPonder({ ...setting, command, port: await freePort() });
			ponders.push(started);
			return started;
		};
		const indexing = await ponder("start");
		await indexing.ready();
		const head = Number(await chain.client.getBlockNumber());
		await until(async () => {
			const answer = await fetch(`${indexing.url}/v1/status`);
			return ((await answer.json()) as { block: number }).block === head;
		});
		for (const name of ["one", "two"]) {
			const serving = await ponder("serve");
			await until(async () => (await statusOf(`${serving.url}/v1/status`)) === 200);
			const port = await freePort();
			const listen = { host: "127.0.0.1", port };
			const config = { listen, mirror: { url: serving.url }, chain: { rpcUrl: chain.url }, database: postgres.url };
			writeFileSync(join(dir, `${name}.json`), JSON.stringify({ ...config, trustedProxies: ["127.0.0.1"] }));
			launch(process.execPath, [GATEWAY, "--config", join(dir, `${name}.json`)]);
			gateways.push(`127.0.0.1:${port}`);
			await until(async () => (await statusOf(`http://127.0.0.1:${port}/ready`)) === 200);
		}
		const port = await freePort();
		writeFileSync(join(dir, "nginx.conf"), nginxConfig(dir, port, gateways));
		launch(NGINX, ["-c", join(dir, "nginx.conf"), "-p", dir, "-e", join(dir, "nginx.log")]);
		url = `http://127.0.0.1:${port}`;
		await until(async () => (await statusOf(`${url}/v1/status`)) === 200);
	});
	after(async () => {
		for (const child of children.reverse()) {
			const ended = once(child, "exit");
			if (child.exitCode === null && child.signalCode === null && child.kill()) await ended;
		}
		for (const ponder of ponders.reverse()) await ponder.stop();
		await postgres?.stop();
		await chain?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test("default: both gateways answer, and alike", async () => {
		const seen = new Map<string, Set<string>>();
		for (const path of ["/v1/orders?limit=5", "/v1/nodes", "/v1/market"]) {
			for (let turn = 0; turn < 4; turn++) {
				const answer = await fetch(`${url}${path}`);
				assert.equal(answer.status, 200, path);
				const bodies = seen.get(answer.headers.get("x-answered-by") ?? "") ?? new Set();
				seen.set(answer.headers.get("x-answered-by") ?? "", bodies.add(await answer.text()));
			}
		}
		const [first, second, ...more] = [...seen.values()];
		assert.deepEqual([first, more], [second, []]);
		assert.equal(first?.size, 3);
	});

	test("behavior: a node that is heard by one gateway is alive at both", async () => {
		const node = mnemonicToAccount(HARDHAT_MNEMONIC, { addressIndex: 5 });
		const signed = await signHeartbeat(chain, node, heartbeat());
		const path = `${url}/v1/nodes/${node.address.toLowerCase()}/heartbeat`;
		const headers = { "Content-Type": "application/json" };
		const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(signed) });
		assert.equal(answer.status, 202, await answer.text());
		for (const gateway of gateways) {
			const own = path.replace(url, `http://${gateway}`);
			await until(async () => (await statusOf(own)) === 200);
			assert.equal(((await (await fetch(own)).json()) as ShownHeartbeat).signature, signed.signature);
		}
	});

	test("behavior: with one gateway and one API server gone, every read is still answered", async () => {
		const [gateway] = children;
		const ended = once(gateway as ChildProcess, "exit");
		gateway?.kill("SIGKILL");
		await Promise.all([ended, ponders[1]?.stop()]);
		for (let read = 0; read < 20; read++) assert.equal(await statusOf(`${url}/v1/orders?limit=${read + 1}`), 200);
	});
});

function nginxConfig(dir: string, port: number, gateways: string[]): string {
	const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${dir}/${kind};`);
	return `daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
events {}
http {
	access_log off;
	${temp.join("\n\t")}
	upstream gateways { ${gateways.map((gateway) => `server ${gateway};`).join(" ")} }
	server {
		listen 127.0.0.1:${port};
		location / {
			proxy_pass http://gateways;
			proxy_http_version 1.1;
			proxy_buffering off;
			proxy_set_header X-Forwarded-For $remote_addr;
			proxy_next_upstream error timeout http_502 http_503;
			add_header X-Answered-By $upstream_addr;
		}
	}
}
`;
}
