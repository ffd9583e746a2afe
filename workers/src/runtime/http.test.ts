import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { OperatorError } from "./errors.ts";
import { startHttp } from "./http.ts";
import { createMetrics } from "./metrics.ts";

const listen = { host: "127.0.0.1", port: 0 };

test("default: health, readiness, metrics and the role's own routes", async (t) => {
	let caughtUp = false;
	const metrics = createMetrics("test");
	metrics.counter("depin_test_done_jobs_total", "Jobs done").inc(3);
	const routes = new Hono().get("/hello", (c) => c.text("hello"));
	const http = await startHttp({ listen, metrics, routes, ready: () => ({ ready: caughtUp, head: 7 }) });
	t.after(http.close);
	const get = async (path: string) => {
		const answer = await fetch(`${http.url}${path}`);
		return { status: answer.status, text: await answer.text() };
	};
	assert.deepEqual(await get("/health"), { status: 200, text: '{"ok":true}' });
	assert.deepEqual(await get("/ready"), { status: 503, text: '{"ready":false,"head":7}' });
	caughtUp = true;
	assert.equal((await get("/ready")).status, 200);
	assert.equal((await get("/hello")).text, "hello");
	assert.match((await get("/metrics")).text, /^depin_test_done_jobs_total 3$/m);
	assert.match((await get("/metrics")).text, /^depin_worker_build_info\{role="test",node="v\d+/m);
});

test("behavior: a taken port is one line with the cause and the fix", async (t) => {
	const metrics = createMetrics("test");
	const first = await startHttp({ listen, metrics, ready: () => ({ ready: true }) });
	t.after(first.close);
	const port = Number(new URL(first.url).port);
	await assert.rejects(
		startHttp({ listen: { host: "127.0.0.1", port }, metrics, ready: () => ({ ready: true }) }),
		(error) =>
			error instanceof OperatorError &&
			error.message === `port ${port} on 127.0.0.1 is taken by another process; stop that one or set listen.port`,
	);
});

test("behavior: a metric that is not named by the rule is refused when it is made", () => {
	const metrics = createMetrics("test");
	for (const name of ["jobs", "depin_jobs", "depin_keeper_jobs_ms", "depin_Keeper_jobs_total"])
		assert.throws(() => metrics.counter(name, "x"), /is not named/);
});
