// Fills the mirror's tables by COPY: rows as the mirror itself wrote them, with other keys and other people.
import { Readable } from "node:stream";
import { type Hex, keccak256, numberToHex } from "viem";
import { addressOf, skewed } from "./chainFile.ts";
import type { Postgres } from "./postgres.ts";

type Row = Record<string, unknown>;

const JOBS_AN_ORDER = 4;
const ACCOUNTS = 10_000;
const NODES = 1_000;
/** Of so many orders one has results and a timeline too: detail pages read them by key, so their number hardly matters. */
const TOLD = 8;
/** Far above every block that the mirror has read. */
const FIRST_BLOCK = 1_000_000;

export interface Seeded {
	orders: number;
	orderId(index: number): Hex;
	consumer(index: number): Hex;
	node(index: number): Hex;
}

/** Seeds `jobs` jobs into `schema`, which holds at least one paid job already. */
export async function seedMirror(postgres: Postgres, schema: string, jobs: number): Promise<Seeded> {
	const orders = Math.ceil(jobs / JOBS_AN_ORDER);
	const random = (index: number, salt: number) =>
		((Math.imul(index * 7 + salt + 1, 2_654_435_761) >>> 0) % 65_521) / 65_521;
	const seeded: Seeded = {
		orders,
		orderId: (index) => keccak256(`0xbe${numberToHex(index, { size: 4 }).slice(2)}`),
		consumer: (index) => addressOf(5, skewed(random(index, 1), ACCOUNTS)),
		node: (index) => addressOf(6, skewed(random(index, 2), NODES)),
	};
	const sequence = (index: number, log: number) =>
		`${String(FIRST_BLOCK + index).padStart(12, "0")}-${String(log).padStart(6, "0")}`;
	const all = Array.from({ length: orders }, (_, index) => index);
	const told = all.filter((index) => index % TOLD === 0);
	const numbers = Array.from({ length: JOBS_AN_ORDER }, (_, number) => number);
	const states = ["paid", "paid", "paid", "paid", "paid", "running", "submitted-ok", "void"];
	const stateOf = (index: number) => states[index % states.length];

	await copy(postgres, schema, "order", all, (index) => [
		{
			...{ id: seeded.orderId(index), consumer: seeded.consumer(index), sequence: sequence(index, 0) },
			...{ lots: JOBS_AN_ORDER, jobs: JOBS_AN_ORDER, state: stateOf(index) === "running" ? "assigned" : "done" },
		},
	]);
	await copy(postgres, schema, "job", all, (index) =>
		numbers.map((number) => ({
			...{ order_id: seeded.orderId(index), number, consumer: seeded.consumer(index), state: stateOf(index) },
			...{
				node: seeded.node(index),
				provider: addressOf(7, skewed(random(index, 2), 200)),
				sequence: sequence(index, number),
			},
		})),
	);
	await copy(postgres, schema, "result", told, (index) =>
		numbers.map((number) => ({
			...{ order_id: seeded.orderId(index), number, node: seeded.node(index), sequence: sequence(index, 10 + number) },
		})),
	);
	// Older than every event of the chain: a gateway believes a mirror whose newest event is on it.
	const oldest = (index: number, event: number) =>
		`${"0".repeat(12)}-${String((index / TOLD) * 3 * JOBS_AN_ORDER + event).padStart(6, "0")}`;
	await copy(postgres, schema, "event", told, (index) =>
		numbers.flatMap((number) =>
			[0, 1, 2].map((step) => ({
				...{
					id: oldest(index, number * 3 + step),
					order_id: seeded.orderId(index),
					number,
					node: seeded.node(index),
				},
			})),
		),
	);
	await postgres.execute("analyze");
	return seeded;
}

/** COPY into one table of the mirror: for each key some rows, alike but for what `rowsOf` says. */
export async function copy(
	postgres: Postgres,
	schema: string,
	table: string,
	keys: readonly number[],
	rowsOf: (index: number) => Row[],
): Promise<void> {
	const filter = table === "order" || table === "job" ? "where state in ('done', 'paid')" : "";
	const [pattern] = await postgres.query<Row>(`select * from ${schema}."${table}" ${filter} limit 1`);
	if (!pattern) throw new Error(`${schema}.${table} holds nothing to go by`);
	const columns = Object.keys(pattern);
	function* lines() {
		for (const key of keys) {
			let chunk = "";
			for (const row of rowsOf(key)) {
				const strange = Object.keys(row).find((name) => !columns.includes(name));
				if (strange !== undefined) throw new Error(`${table} has no column ${strange}`);
				chunk += `${columns.map((name) => cell({ ...pattern, ...row }[name])).join(",")}\n`;
			}
			yield chunk;
		}
	}
	const names = columns.map((name) => `"${name}"`).join(",");
	await postgres.copy(`${schema}."${table}" (${names})`, Readable.from(lines()));
}

function cell(value: unknown): string {
	if (value === null || value === undefined) return "";
	const text = typeof value === "object" ? JSON.stringify(value) : String(value);
	return `"${text.replaceAll('"', '""')}"`;
}
