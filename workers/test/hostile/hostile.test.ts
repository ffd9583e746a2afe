import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { lackOf } from "../../../deploy/setup/servers.ts";
import { type OpenArena, openArena, RUNTIMES } from "./arena.ts";
import type { Attack, Tier } from "./attack.ts";
import { attacks } from "./attacks/all.ts";
import { bootTime, hostState } from "./hostState.ts";
import { runAttack, type Seen } from "./runAttack.ts";
import { newTable, PROVING } from "./table.ts";

const trial = PROVING ? prove : hold;
const sandboxed = attacks.filter(({ tiers }) => tiers === undefined);
describe("container", () => inArena("container", attacks, trial));
describe("sandbox", { skip: lackOf("runsc") }, () => inArena("sandbox", sandboxed, trial));

const table = newTable("attacks on a machine");
after(table.print);

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
			table.add(attack, tier, secondControlOf(arena, attack));
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
	explained(seen, () => (attack.proven ?? (secondControlOf(arena, attack) === undefined ? gotIt : isError))(seen));
	return seen;
}

function secondControlOf({ runtime }: OpenArena, { secondControl, heldBySandbox }: Attack): string | undefined {
	return runtime === RUNTIMES.sandbox ? (heldBySandbox ?? secondControl) : secondControl;
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
