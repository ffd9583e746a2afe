// A job with a network, from the order to the signed statement, on an engine and an internet of the test's own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { JobSpec } from "depin/jobs";
import { clientHello } from "./clientHello.ts";
import { type Outside, openOutside } from "./outside.ts";
import { type OwnEngine, startOwnEngine } from "./ownEngine.ts";
import { until } from "./until.ts";
import { startWorld, type World } from "./world.ts";

const run = promisify(execFile);
const DEPIN = join(resolve(import.meta.dirname, "../.."), "sdk/bin/depin.js");

let engine: OwnEngine;
let outside: Outside;
let world: World;
before(async () => {
	engine = await startOwnEngine({}, true);
	outside = await openOutside(engine.docker);
	const egress = { allow: ["*.example.com", "*.example.org"], deny: ["*.evil.example.com"], ...outside.config };
	world = await startWorld({ engine, nodes: 1, challengeFloor: 3, nodeConfig: () => ({ egress }) });
});
after(async () => {
	await world?.stop();
	await outside?.close();
	await engine?.stop();
});

/** The outside's port for TLS says it again. */
const HELLO = clientHello({ names: ["www.example.org"] }).toString("hex");
const choices = { challengeFor: 3 };
const network = { egress: ["api.example.com:80", "*.example.org"], maxBytes: 2 ** 20 };
const withNetwork = (egress: JobSpec["network"] = network): Partial<JobSpec> => ({ network: egress });

/** As any program would that knows of proxies: `get(url)` a page, `tunnel(place, bytes)` what comes back, in hex. */
const CLIENT = `
	const http = require("node:http");
	const fs = require("node:fs");
	const proxy = new URL(process.env.HTTPS_PROXY);
	const get = (url) => new Promise((done, fail) => {
		const asked = http.get({ host: proxy.hostname, port: proxy.port, path: url, headers: { host: new URL(url).host } });
		asked.on("error", fail).on("response", async (answer) => {
			let text = "";
			for await (const part of answer) text += part;
			done(answer.statusCode + " " + text.trim());
		});
	});
	const tunnel = (place, bytes) => new Promise((done, fail) => {
		const asked = http.request({ host: proxy.hostname, port: proxy.port, method: "CONNECT", path: place, headers: { host: place } });
		asked.on("error", fail).on("connect", (answer, socket) => {
			if (answer.statusCode !== 200) return done(String(answer.statusCode));
			socket.on("data", (part) => { done(part.toString("hex")); socket.destroy(); });
			socket.write(bytes);
		}).end();
	});
`;

test("default", async () => {
	const program = `${CLIENT}
		(async () => {
			const seen = [
				await get("http://api.example.com/greeting"),
				await tunnel("www.example.org:443", Buffer.from("${HELLO}", "hex")),
				await tunnel("www.example.org:443", "no name at all"),
				await get("http://api.example.org/"),
				await get("http://other.example.com/"),
			];
			fs.writeFileSync("/outputs/seen.json", JSON.stringify(seen));
		})();`;
	const job = await world.order(program, { choices, spec: withNetwork() });
	const { predicate, subject } = await job.statement();
	assert.equal(predicate.runDetails.depin.outcome.reason, "ok", await job.log());
	assert.deepEqual(JSON.parse(await world.read(subject[0]?.uri.replace("ipfs://", "") ?? "")), [
		"200 hello from outside to api.example.com",
		HELLO,
		"15030300020270",
		"403 depin egress: port-not-allowed",
		"403 depin egress: host-not-allowed",
	]);
	assert.deepEqual(predicate.buildDefinition.internalParameters.network, network);
	const { egress } = predicate.runDetails.depin.tasks[0] ?? {};
	assert.deepEqual(
		{ ...egress, bytesIn: 0, bytesOut: 0 },
		{
			connections: 3,
			refused: { "name-hidden": 1, "port-not-allowed": 1, "host-not-allowed": 1 },
			bytesIn: 0,
			bytesOut: 0,
			complete: true,
		},
	);
	assert.ok(egress && egress.bytesIn > 14 + 18 && egress.bytesOut > 14, JSON.stringify(egress));
	assert.ok((await outside.heard()).includes("http 80 GET api.example.com/greeting 0"));
	const { stdout } = await run(process.execPath, [DEPIN, "verify", job.orderId, "--profile", world.devnet.profilePath]);
	assert.match(stdout, /statement-spec|as ordered/);
	const metrics = await (await fetch(`${world.devnet.nodes[0]?.url}/metrics`)).text();
	assert.match(metrics, /^depin_node_egress_connections_total 3$/m);
	assert.match(metrics, /^depin_node_egress_refused_total\{reason="host-not-allowed"\} 1$/m);
	await job.event("Settled");
	await until("nothing is left", async () => (await world.leftovers()).length === 0);
});

test("behavior: a job without a network beside it has none", async () => {
	const program = `${CLIENT.replace("new URL(process.env.HTTPS_PROXY)", "{}")}
		require("node:fs").writeFileSync("/outputs/names", Object.keys(require("node:os").networkInterfaces()).join());`;
	const job = await world.order(program, { choices });
	const { predicate, subject } = await job.statement();
	assert.equal(await world.read(subject[0]?.uri.replace("ipfs://", "") ?? ""), "lo");
	assert.equal(predicate.runDetails.depin.tasks[0]?.egress, undefined);
});

test("behavior: an order for a place that the operator denies is not claimed, and the node says so", async () => {
	await world.order("0", { choices, spec: withNetwork({ ...network, egress: ["pool.evil.example.com"] }) });
	await world.order("0", { choices, spec: withNetwork({ ...network, egress: ["api.example.com:22"] }) });
	await until("both are refused", async () => {
		const metrics = await (await fetch(`${world.devnet.nodes[0]?.url}/metrics`)).text();
		return /^depin_node_decisions_total\{decision="ignore-denied-by-policy"\} 2$/m.test(metrics);
	});
});

test("behavior: killed in the middle, the node goes on with the job, its proxy and its counts, and leaves nothing", async () => {
	const program = `${CLIENT}
		(async () => {
			fs.writeFileSync("/outputs/before", await get("http://api.example.com/before"));
			while (!(await get("http://api.example.com/go")).startsWith("never") && Date.now() < ${"START"}) await new Promise((done) => setTimeout(done, 300));
			fs.writeFileSync("/outputs/after", await get("http://api.example.com/after"));
		})();`.replace("START", "Number(process.env.UNTIL)");
	const job = await world.order(program, {
		choices,
		spec: { ...withNetwork(), env: { UNTIL: `${Date.now() + 12_000}` } },
	});
	await until("the job is on the network", async () =>
		(await outside.heard()).some((line) => line.includes("/before")),
	);
	const [node] = world.devnet.nodes;
	await node?.kill("SIGKILL");
	await node?.start();
	const { predicate } = await job.statement();
	const { outcome, tasks } = predicate.runDetails.depin;
	assert.equal(outcome.reason, "ok", await job.log());
	assert.ok(tasks[0]?.egress?.complete && tasks[0].egress.connections > 2, JSON.stringify(tasks[0]?.egress));
	await job.event("Settled");
	await until("nothing is left", async () => (await world.leftovers()).length === 0);
});
