// The mirror as it runs for users: Ponder in a process of its own, asked over HTTP.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { EventJson, PageJson, StatusJson } from "depin/indexer";
import { freePort } from "../../deploy/setup/freePort.ts";
import type { LocalChain } from "./chain.ts";

const INDEXER = resolve(import.meta.dirname, "..");
const PONDER = resolve(INDEXER, "../node_modules/ponder/dist/esm/bin/ponder.js");

export type Mirror = Awaited<ReturnType<typeof startMirror>>;
export type Rows = Record<string, Record<string, unknown>[]>;
type MirrorOptions = Pick<LocalChain, "deploymentPath" | "url"> & {
	dir: string;
	/** PostgreSQL; PGlite in `dir` without. */
	databaseUrl?: string;
	/** Its tables' schema. */
	schema?: string;
	/** Folder of the app, the mirror's own by default. */
	app?: string;
};

/** Starts the mirror, its log in `dir`; resolves when it answers. */
export async function startMirror(options: MirrorOptions) {
	const { dir, deploymentPath, url: rpcUrl, databaseUrl = "", schema = "mirror", app = INDEXER } = options;
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	mkdirSync(dir, { recursive: true });
	const logPath = join(dir, "mirror.log");
	const log = openSync(logPath, "a");
	const child = spawn(
		process.execPath,
		[PONDER, "start", "--root", app, "--port", `${port}`, "--hostname", "127.0.0.1"].concat(
			["--schema", schema],
			["--log-format", "json"],
		),
		{
			cwd: dir,
			stdio: ["ignore", log, log],
			env: {
				...process.env,
				DEPIN_DEPLOYMENT: deploymentPath,
				DEPIN_RPC_URL: rpcUrl,
				DEPIN_INDEXER_DIR: dir,
				DATABASE_URL: databaseUrl,
				PONDER_TELEMETRY_DISABLED: "true",
			},
		},
	);
	closeSync(log);
	const exited = new Promise<void>((settle) => child.once("exit", () => settle()));

	/** The block up to which it has read, undefined while it does not answer. */
	async function indexed(): Promise<{ number: number; timestamp: number } | undefined> {
		if (child.exitCode !== null) throw new Error(`the mirror ended: ${readFileSync(logPath, "utf8").slice(-8_000)}`);
		const answer = await fetch(`${url}/v1/status`).catch((error: unknown) => {
			if (error instanceof TypeError) return undefined;
			throw error;
		});
		if (!answer?.ok) return undefined;
		const { block, time } = (await answer.json()) as StatusJson;
		return { number: block, timestamp: time };
	}
	await until(async () => (await indexed()) !== undefined);

	return {
		url,
		indexed,
		/**
		 * Waits until it has read the chain's last block, that one and not another of the same height, and shows the last
		 * event: rows may be seen a moment after the block that has them.
		 */
		async follows(chain: LocalChain): Promise<void> {
			await until(async () => {
				const head = await chain.client.getBlock();
				const block = await indexed();
				if (block?.number !== Number(head.number) || block.timestamp !== Number(head.timestamp)) return false;
				const logs = await chain.client.getLogs({ address: [chain.market, chain.arbiter], fromBlock: 0n });
				const { items } = (await (await fetch(`${url}/v1/events?limit=1`)).json()) as PageJson<EventJson>;
				const [last, shown] = [logs.at(-1), items[0]];
				return last?.transactionHash === shown?.tx && last?.logIndex === shown?.logIndex;
			});
		},
		rows: () => readRows(url),
		async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
			child.kill(signal);
			await exited;
		},
	};
}

/** Waits for a condition; the test's own time limit is the only one. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
	while (!(await holds())) await pause(50);
}

/** Every row of every table, by table, in the order of their keys. */
async function readRows(url: string): Promise<Rows> {
	const { __schema: schema } = await ask<{ __schema: { types: GraphQLType[] } }>(url, TYPES);
	const fieldsOf = new Map(schema.types.map(({ name, fields }) => [name, fields ?? []]));
	const tables = (fieldsOf.get("Query") ?? []).filter(({ name }) => name !== "_meta" && name.endsWith("s"));
	const rows: Rows = {};
	for (const { name, type } of tables) {
		const item = (type.ofType?.name ?? "").replace(/Page$/, "");
		const columns = (fieldsOf.get(item) ?? [])
			.filter(({ type: column }) => isColumn(column))
			.map((field) => field.name);
		rows[item] = await readTable(url, name, columns);
	}
	return rows;
}

async function readTable(url: string, name: string, columns: string[]): Promise<Record<string, unknown>[]> {
	const rows: Record<string, unknown>[] = [];
	for (let after: string | null = null; ; ) {
		const query = `query ($after: String) { ${name}(limit: 1000, after: $after) { items { ${columns.join(" ")} } pageInfo { endCursor hasNextPage } } }`;
		const page: Page | undefined = (await ask<Record<string, Page>>(url, query, { after }))[name];
		if (!page) throw new Error(`no table ${name}`);
		rows.push(...page.items);
		if (!page.pageInfo.hasNextPage) return rows;
		after = page.pageInfo.endCursor;
	}
}

type Page = { items: Record<string, unknown>[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
type TypeRef = { kind: string; name: string | null; ofType: TypeRef | null };
type GraphQLType = { name: string; fields: { name: string; type: TypeRef }[] | null };
const TYPES = `{ __schema { types { name fields { name type { kind name ofType { kind name ofType { kind name } } } } } } }`;

function isColumn(type: TypeRef): boolean {
	return type.kind === "SCALAR" || (type.kind === "NON_NULL" && type.ofType?.kind === "SCALAR");
}

async function ask<Data>(url: string, query: string, variables: Record<string, unknown> = {}): Promise<Data> {
	const answer = await fetch(`${url}/graphql`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ query, variables }),
	});
	const { data, errors } = (await answer.json()) as { data?: Data; errors?: { message: string }[] };
	if (!data || errors) throw new Error(`GraphQL refused: ${errors?.map(({ message }) => message).join("; ")}`);
	return data;
}
