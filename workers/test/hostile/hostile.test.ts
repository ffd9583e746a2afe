import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { lackOf } from "../../../deploy/setup/servers.ts";
import { type OpenArena, openArena } from "./arena.ts";
import type { Attack, Tier } from "./attack.ts";
import { attacks } from "./attacks/all.ts";
import { bootTime, hostState } from "./hostState.ts";
import { runAttack, type Seen } from "./runAttack.ts";

const PROVING = process.env["DEPIN_PROVE"] === "1";

if (PROVING) describe("control switched off", () => inArena("container", attacks, prove));
else {
	describe("container", () => inArena("container", attacks, hold));
	const sandboxed = attacks.filter(({ tiers }) => tiers === undefined);
	describe("sandbox", { skip: lackOf("runsc") }, () => inArena("sandbox", sandboxed, hold));
}

/** What held what, for the reader of a run. */
const table: string[][] = [];
after(() => {
	const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
	for (const row of table) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
	console.log(`${table.length} attacks`);
});

type Trial = (arena: OpenArena, attack: Attack) => Promise<Seen>;

function inArena(tier: Tier, chosen: Attack[], trial: Trial): void {
	let arena: OpenArena;
	const ids: string[] = [];
	before(async () => {
		arena = await openArena(tier, chosen);
	});
	after(async () => {
		await arena.bystander.stop().finally(() => arena.close());
	});
	for (const attack of chosen) {
		test(`${attack.name} (${tier})`, async () => {
			const [clock, state] = [bootTime(), await hostState(arena.dir, ids)];
			const seen = await trial(arena, attack);
			ids.push(seen.id);
			assert.deepEqual(await hostState(arena.dir, ids), state, "the host is as it was");
			assert.ok(Math.abs(bootTime() - clock) < 5, "nobody set the clock");
			await arena.bystander.worksOn();
			await arena.engine.info();
			const { name, stoppedBy, secondControl = "it succeeds" } = attack;
			table.push([name, tier, PROVING ? `without ${stoppedBy}: ${secondControl}` : stoppedBy]);
		});
	}
}

async function hold(arena: OpenArena, attack: Attack): Promise<Seen> {
	const seen = await runAttack(arena, attack);
	explained(seen, () => (attack.held ?? isError)(seen));
	return seen;
}

async function prove(arena: OpenArena, attack: Attack): Promise<Seen> {
	const seen = await runAttack(arena, attack, attack.off);
	explained(seen, () => (attack.proven ?? (attack.secondControl === undefined ? gotIt : isError))(seen));
	return seen;
}

function isError({ reason, state }: Seen): void {
	assert.equal(reason, "exit-nonzero");
	assert.ok(state.exitCode > 0 && state.exitCode < 126, `the program itself failed, with ${state.exitCode}`);
}

function gotIt({ reason, state }: Seen): void {
	assert.deepEqual([reason, state.exitCode], ["ok", 0]);
}

/** A failed trial shows all there was to see. */
function explained(seen: Seen, check: () => void): void {
	try {
		check();
	} catch (error) {
		const { reason, detail, state, log } = seen;
		const about = JSON.stringify({
			reason,
			detail,
			exitCode: state.exitCode,
			error: state.error,
			log: log.slice(-300),
		});
		throw new Error(`${error instanceof Error ? error.message : error}\nseen: ${about}`, { cause: error });
	}
}
