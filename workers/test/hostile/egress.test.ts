import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { lackOf } from "../../../deploy/setup/servers.ts";
import { runEgressCanary } from "../../src/egress/egressCanary.ts";
import { networkBody } from "../../src/engine/dockerNetworks.ts";
import { type EgressArena, openEgressArena, runEgressAttack } from "./egress/arena.ts";
import { egressAttacks } from "./egress/attacks.ts";
import { newTable, PROVING } from "./table.ts";

let arena: EgressArena;
before(async () => {
	arena = await openEgressArena();
});
after(async () => {
	await arena?.close();
});

const table = newTable("attacks on the network");
after(table.print);

describe(PROVING ? "control switched off" : "a job with a network", () => {
	for (const attack of egressAttacks) {
		test(`${attack.name} (container)`, async () => {
			const { secondControl, unheard } = attack;
			const seen = await runEgressAttack(arena, attack, PROVING ? attack.off : undefined);
			const held = seen.exitCode === 1 && !seen.heard.some((line) => unheard?.test(line));
			const expected = !PROVING || secondControl !== undefined;
			assert.equal(held, expected, `exit ${seen.exitCode}\n${seen.log}\n${seen.heard.join("\n")}`);
			assert.deepEqual(await leftBehind(), { containers: [], networks: [] });
			table.add(attack, "container", secondControl);
		});
	}
});

if (!PROVING) describe("the look around before any job", lookAround);

function lookAround(): void {
	const task = () => ({ ...arena, name: "depin-look", host: { ...arena.host, openFiles: 1024 } });
	const look = (runtime: string, engine = arena.engine) =>
		runEgressCanary({ ...task(), engine }, runtime, arena.means, AbortSignal.timeout(120_000));

	test("default: runc reaches the proxy and nothing else", async () => {
		assert.equal(await look("runc"), undefined);
	});

	test("behavior: gVisor without a network reaches no proxy, so its tier gets none", {
		skip: lackOf("runsc"),
	}, async () => {
		assert.match((await look("runsc")) ?? "", /does not reach its proxy/);
	});

	test("behavior: a machine that answers is seen", async () => {
		const network = { ...arena.engine.networks };
		network.create = async (name, labels) => {
			const { Options: _, ...open } = networkBody(name, labels);
			await arena.docker.createNetwork(open).catch((error: { statusCode?: number }) => {
				if (error.statusCode !== 409) throw error; // asked for a second time
			});
			return arena.engine.networks.create(name, labels);
		};
		const seen = await look("runc", { ...arena.engine, networks: network });
		assert.match(seen ?? "", /a job reaches 1/);
	});

	after(async () => assert.deepEqual(await leftBehind(), { containers: [], networks: [] }));
}

/** Of the attacks; the other job's proxy stays. */
async function leftBehind() {
	const filters = { label: Object.entries(arena.labels).map(([name, value]) => `${name}=${value}`) };
	const containers = await arena.docker.listContainers({ all: true, filters });
	const networks = await arena.docker.listNetworks({ filters });
	const isAttack = (name = "") => !/^\/?depin-other/.test(name);
	return {
		containers: containers.map(({ Names }) => Names[0]).filter(isAttack),
		networks: networks.map(({ Name }) => Name).filter(isAttack),
	};
}
