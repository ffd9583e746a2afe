// The OpenAPI document as a promise: every route of a real mirror and a real gateway answers what it says, and whatever a
// stranger sends is answered or refused as it says, by name, and never with a fault of ours.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { type Route, routes, signHeartbeat } from "depin/indexer";
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import type { Address } from "viem";
import { toAccount } from "viem/accounts";
import { heartbeat } from "../../sdk/src/indexer/heartbeat.fixture.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { type LocalChain, startChain } from "./chain.ts";
import { table } from "./compare.ts";
import { openGateway } from "./gateway.ts";
import { createJudge } from "./judge.ts";
import { type Mirror, startMirror } from "./mirror.ts";
import { createQueries } from "./queries.ts";
import { createDrawing, type Drawn, type Known } from "./requests.ts";
import { open, script } from "./script.ts";
import { createWorld, mulberry, type World } from "./world.ts";

const judge = createJudge();
const PER_ROUTE = process.env["DEPIN_DEEP"] ? 600 : 40;
const QUERIES = process.env["DEPIN_DEEP"] ? 5_000 : 300;
const ofMirror = judge.operations.filter(
	({ operation }) => routes[operation.operationId as keyof typeof routes].servedBy === "mirror",
);
const SEED = 20_261_121;

suite("contract", { timeout: process.env["DEPIN_DEEP"] ? 7_200_000 : 1_200_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-contract-"));
	let chain: LocalChain;
	let world: World;
	let mirror: Mirror;
	let gateway: Gateway;
	let known: Known;

	before(async () => {
		chain = await startChain(dir);
		world = await createWorld(chain, 17);
		await open(world);
		await script(world);
		mirror = await startMirror({ ...chain, dir });
		await mirror.follows(chain);
		gateway = await openGateway({ mirrorUrl: mirror.url, rpcUrl: chain.url, dir });
		const rows = await mirror.rows();
		known = {
			hashes: [...table(rows, "order"), ...table(rows, "challenge")].map(({ id }) => String(id)),
			addresses: [...table(rows, "account"), ...table(rows, "node")].map(({ address }) => String(address)),
			cursors: [],
		};
	});
	after(async () => {
		await gateway?.close();
		await mirror?.stop();
		await chain?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test(`default: all ${judge.operations.length} routes answer as the document says`, async () => {
		const [orderId = ""] = known.hashes;
		const dispute = known.hashes.at(-1);
		const [node] = world.nodes as [Address];
		const examples: Partial<Record<keyof typeof routes, [path: string, body?: object]>> = {
			order: [`/v1/orders/${orderId}`],
			orderJobs: [`/v1/orders/${orderId}/jobs`],
			orderTasks: [`/v1/orders/${orderId}/tasks`],
			orderEvents: [`/v1/orders/${orderId}/events`],
			job: [`/v1/jobs/${orderId}/0`],
			task: [`/v1/tasks/${orderId}/0`],
			challenge: [`/v1/challenges/${dispute}`],
			node: [`/v1/nodes/${node}`],
			provider: [`/v1/providers/${world.owners[0]}`],
			class: ["/v1/classes/1"],
			series: ["/v1/stats/series?class=1"],
			account: [`/v1/accounts/${world.consumers[0]}`],
			sendHeartbeat: [`/v1/nodes/${node}/heartbeat`, await signedBy(node)],
			heartbeat: [`/v1/nodes/${node}/heartbeat`],
			graphql: ["/graphql", { query: "{ orders(limit: 1) { items { id } totalCount } }" }],
			quote: ["/v1/quote", question],
		};
		// A heartbeat is shown only once it was sent.
		const inOrder = judge.operations.toSorted((a, b) => b.method.localeCompare(a.method));
		for (const { method, path, operation } of inOrder) {
			const [asked = path, body] = examples[operation.operationId as keyof typeof routes] ?? [];
			const answer = await send(gateway.url, { method, path: asked, ...(body ? { body: JSON.stringify(body) } : {}) });
			assert.ok(answer.status < 300, `${asked}: ${answer.status} ${JSON.stringify(answer.body)}`);
			if (operation.operationId !== "stream")
				assert.deepEqual(judge.answerFaults(operation, answer.status, answer.body), [], asked);
			if (!path.startsWith("/v1/")) continue;
			assert.match(answer.headers.get("depin-indexed-block") ?? "", /^\d+$/, asked);
			if ((answer.body as { nextCursor?: string | null } | undefined)?.nextCursor)
				assert.ok(answer.headers.get("link"), asked);
		}
	});

	const sorted = Object.values<Route>(routes).flatMap(({ path, query }) =>
		"sort" in query.shape ? sortsOf(path).map((sort) => ({ path, sort })) : [],
	);
	test(`behavior: ${sorted.length} ways to sort a list: in order, whole, and with no other's cursor`, async () => {
		for (const { path, sort } of sorted) {
			const whole = await get(`${path}?sort=${sort}&limit=100`);
			const pages: unknown[] = [];
			for (let next = `${path}?sort=${sort}&limit=3`; next !== ""; ) {
				const page = await get(next);
				pages.push(...page.items);
				next = page.nextCursor ? `${path}?sort=${sort}&limit=3&cursor=${page.nextCursor}` : "";
				if (page.nextCursor) known.cursors.push(page.nextCursor);
				if (pages.length >= whole.items.length) break;
			}
			assert.deepEqual(pages.slice(0, whole.items.length), whole.items, `${path} by ${sort}`);
			const name = sort.replace("-", "");
			if (whole.items.every((item) => /^\d+$/.test(String(item[name])))) {
				const amounts = whole.items.map((item) => BigInt(String(item[name])));
				const wanted = amounts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
				if (sort.startsWith("-")) wanted.reverse();
				assert.deepEqual(amounts, wanted, `${path} by ${sort}`);
			}
			const { nextCursor } = await get(`${path}?sort=${sort}&limit=1`);
			for (const other of sortsOf(path).filter((candidate) => candidate !== sort && nextCursor !== null)) {
				await refusedFor("cursor", `${path}?sort=${other}&cursor=${nextCursor}`);
			}
		}
	});

	const forged: [about: string, cursor: string][] = [
		["nothing", ""],
		["no base64", "%25%25"],
		["another list's", encode("-lot 000000000001-000001")],
		["no key", encode("-postedAt")],
		["a key too many", encode("-postedAt 000000000001-000001 1")],
		["SQL", encode("-postedAt ' OR 1=1 --")],
		["a key beyond any integer", encode(`-jobsOk 2147483648 0x${"ab".repeat(20)}`)],
		["a key of 79 digits", encode(`-jobEscrow ${"9".repeat(79)} 000000000001-000001`)],
		["written otherwise", `${encode("-postedAt 000000000001-000001")}A`],
		["padded", `${encode("-postedAt 000000000001-00000")}%3D`],
		["NUL", encode("-postedAt \0")],
		["too long", "A".repeat(300)],
	];
	test(`behavior: cursor tampering: ${forged.length} forgeries are refused by name on every list`, async () => {
		const lists = Object.values<Route>(routes).filter(({ query }) => "cursor" in query.shape);
		for (const { path } of lists) {
			const at = path.replace("{id}", known.hashes[0] ?? "");
			for (const [about, cursor] of forged) await refusedFor("cursor", `${at}?cursor=${cursor}`, about);
			if (path === "/v1/providers") await refusedFor("cursor", `${at}?sort=-jobsOk&cursor=${forged[6]?.[1]}`);
			if (path === "/v1/orders") await refusedFor("cursor", `${at}?sort=-jobEscrow&cursor=${forged[7]?.[1]}`);
		}
	});

	test("behavior: who has an answer is told that it stands, by mirror and gateway", async () => {
		for (const base of [mirror.url, gateway.url]) {
			const first = await fetch(`${base}/v1/orders?limit=2`);
			const etag = first.headers.get("etag") ?? "";
			assert.notEqual(etag, "", base);
			const again = await fetch(`${base}/v1/orders?limit=2`, { headers: { "If-None-Match": etag } });
			assert.deepEqual([again.status, await again.text()], [304, ""], base);
			assert.match(again.headers.get("depin-indexed-block") ?? "", /^\d+$/, base);
			assert.equal((await fetch(`${base}/v1/orders?limit=1`, { headers: { "If-None-Match": etag } })).status, 200);
		}
	});

	const bombs = [
		"{ orders(limit: 1000) { items { claimed(limit: 1000) { items { state } } } } }",
		`{ ${Array.from({ length: 31 }, (_, n) => `a${n}: orders(limit: 1) { items { id } }`).join(" ")} }`,
		`{ jobs(limit: 1) ${"{ items { order { claimed(limit: 1) ".repeat(6)}{ items { state } }${" } } }".repeat(6)} }`,
		"{ __schema { types { fields { type { fields { name } } } } } }",
		"{ ...f } fragment f on Query { ...f }",
	];
	test(`behavior: ${bombs.length} GraphQL bombs are refused by mirror and gateway; a failure inside is not told in its own words`, async () => {
		for (const base of [mirror.url, gateway.url]) {
			const ask = (query: string) => send(base, { method: "post", path: "/graphql", body: JSON.stringify({ query }) });
			for (const bomb of bombs) {
				const { status, body } = await ask(bomb);
				assert.equal(status, 400, bomb);
				assert.deepEqual(judge.problemFaults(status, body), [], bomb);
				assert.deepEqual((body as { errors: { path: string }[] }).errors[0]?.path, "query", bomb);
			}
			const { status, body } = await ask('{ orders(after: "no cursor") { items { id } } }');
			assert.equal(status, 200);
			const said = "this part cannot be answered: check its arguments";
			assert.deepEqual((body as { errors: object }).errors, [{ message: said, path: ["orders"] }]);
		}
	});

	test(`behavior: ${QUERIES} drawn GraphQL queries (seed ${SEED}): each answered or refused, none with a fault of ours`, async (t) => {
		const ask = (query: string) =>
			send(mirror.url, { method: "post", path: "/graphql", body: JSON.stringify({ query }) });
		const { body: introspection } = await ask(getIntrospectionQuery());
		const schema = buildClientSchema((introspection as { data: IntrospectionQuery }).data);
		const drawing = createQueries(schema, mulberry(SEED), [...known.hashes, ...known.addresses]);
		const ends = { answered: 0, "in part": 0, refused: 0 };
		for (let count = 0; count < QUERIES; count++) {
			const query = drawing.draw();
			const { status, body } = await ask(query);
			assert.ok(status === 200 || status === 400, `${status} ${query}`);
			if (status === 400) assert.deepEqual(judge.problemFaults(status, body), [], query);
			else assert.ok("data" in (body as object) || "errors" in (body as object), query);
			ends[status === 400 ? "refused" : "errors" in (body as object) ? "in part" : "answered"] += 1;
		}
		t.diagnostic(
			Object.entries(ends)
				.map(([end, count]) => `${count} ${end}`)
				.join(", "),
		);
		assert.ok(ends.answered > QUERIES / 10 && ends.refused > 0, "some of each");
	});

	for (const [name, operations] of [
		["mirror", ofMirror],
		["gateway", judge.operations],
	] as const) {
		test(`behavior: ${operations.length * PER_ROUTE} drawn requests (seed ${SEED}) over ${operations.length} routes of the ${name}: each answered or refused as documented`, async (t) => {
			const drawing = createDrawing(judge, mulberry(SEED), known);
			const base = name === "mirror" ? mirror.url : gateway.url;
			const statuses = new Map<number, number>();
			for (const { method, path, operation } of operations) {
				for (let count = 0; count < PER_ROUTE; count++) {
					const drawn = drawing.draw(method, path, operation);
					const status = await judged(base, drawn);
					statuses.set(status, (statuses.get(status) ?? 0) + 1);
				}
			}
			const counts = [...statuses].sort().map(([status, count]) => `${count} × ${status}`);
			t.diagnostic(counts.join(", "));
			assert.ok((statuses.get(200) ?? 0) > operations.length, "some were as the document allows");
		});
	}

	async function judged(base: string, drawn: Drawn): Promise<number> {
		const { status, body } = await send(base, drawn);
		const where = `${drawn.method} ${drawn.path} ${drawn.body ?? ""}`;
		const streams = drawn.operation.operationId === "stream" && status === 200;
		if (!streams) assert.deepEqual(judge.answerFaults(drawn.operation, status, body), [], where);
		const named = ((body as { errors?: { path: string }[] } | undefined)?.errors ?? []).map(({ path }) => path);
		if (drawn.faults.length > 0) {
			assert.equal(status, 400, where);
			for (const field of drawn.faults) {
				const isNamed = named.some((path) => path === field || path.startsWith(`${field}.`) || field === "");
				assert.ok(isNamed, `${where}: ${field} is not among ${named.join(", ")}`);
			}
		} else if (status === 400 && drawn.method === "get") {
			assert.ok(named.length > 0 && named.every((path) => drawn.mayRefuse.includes(path)), `${where}: ${named}`);
		}
		return status;
	}

	async function signedBy(node: Address) {
		const refuse = async () => Promise.reject(new Error("not needed"));
		const account = toAccount({
			address: node,
			signMessage: refuse,
			signTransaction: refuse,
			signTypedData: (typed) => chain.client.signTypedData({ ...typed, account: node } as never),
		});
		return signHeartbeat(chain, account as never, heartbeat());
	}

	type List = { items: Record<string, unknown>[]; nextCursor: string | null };
	async function get(path: string): Promise<List> {
		const { status, body } = await send(mirror.url, { method: "get", path });
		assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
		return body as List;
	}

	async function refusedFor(field: string, path: string, about = ""): Promise<void> {
		const { status, body } = await send(mirror.url, { method: "get", path });
		assert.equal(status, 400, `${path} ${about}`);
		assert.deepEqual(judge.problemFaults(status, body), [], path);
		assert.deepEqual((body as { errors: { path: string }[] }).errors[0]?.path, field, path);
	}
});

const question = {
	class: 1,
	startPrice: "1000000",
	maxPrice: "1000000",
	maxRun: 1_500,
	bond: "1",
	resources: { cpus: 1, memoryMiB: 512, gpus: 0, diskMiB: 100 },
};

function encode(text: string): string {
	return Buffer.from(text, "latin1").toString("base64url");
}

function sortsOf(path: string): string[] {
	const parameters = judge.document.paths[path]?.get?.parameters ?? [];
	return (parameters.find(({ name }) => name === "sort")?.schema["enum"] ?? []) as string[];
}

type Answer = { status: number; headers: Headers; body: unknown };

/** Sends it and reads the answer; of a stream no more than its head. */
async function send(base: string, { method, path, body }: Pick<Drawn, "method" | "path" | "body">): Promise<Answer> {
	const response = await fetch(base + path, {
		method: method.toUpperCase(),
		...(body === undefined ? {} : { body, headers: { "Content-Type": "application/json" } }),
	});
	const { status, headers } = response;
	if (!/json/.test(headers.get("content-type") ?? "")) {
		await response.body?.cancel();
		return { status, headers, body: undefined };
	}
	return { status, headers, body: await response.json() };
}
