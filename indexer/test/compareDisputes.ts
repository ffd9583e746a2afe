// The chain's own answer to what the mirror says of replicas and disputes.
import assert from "node:assert/strict";
import { resultCommitment, resultDigest, verdictName } from "depin";
import { marketAbi, panelArbiterAbi } from "depin/abi";
import { type Address, encodeAbiParameters, type Hex, keccak256, slice, zeroAddress } from "viem";
import { only, table, textOf } from "./compare.ts";
import type { Rows } from "./mirror.ts";
import type { World } from "./world.ts";

type Row = Record<string, unknown>;

export async function sameDisputes(world: World, rows: Rows): Promise<void> {
	for (const row of table(rows, "seal")) sameSeal(world, row);
	for (const row of table(rows, "challenge")) await sameChallenge(world, rows, row);
	for (const row of table(rows, "panel")) await samePanel(world, rows, row);
	for (const { address } of table(rows, "arbiter")) {
		const args = [address as Address] as const;
		const call = { address: world.chain.market, abi: marketAbi, functionName: "arbiterEnabled", args } as const;
		assert.equal(await world.chain.client.readContract(call), true, `arbiter ${address}`);
	}
}

/** What the market keeps of a sealed job: 208 bits of its seal's hash. */
export function sealHash(row: Row): Hex {
	const types = ["uint32", "address", "uint32", "uint32", "bool", "bytes32"].map((type) => ({ type }));
	const fields = ["number", "node", "claimedAt", "committedAt", "stopped", "commitment"].map((name) => row[name]);
	return slice(keccak256(encodeAbiParameters(types, fields)), 0, 26);
}

/** What was opened is what was sealed. */
function sameSeal({ chain }: World, row: Row): void {
	if (row["openedAt"] === null) return;
	const { orderId, number, node, salt, commitment } = row as Row & Record<string, Hex>;
	const result = row as unknown as Parameters<typeof resultDigest>[1]["result"];
	const about = { orderId: orderId as Hex, job: Number(number), node: node as Address, result };
	const digest = resultDigest({ chainId: chain.chainId, market: chain.market }, about);
	assert.equal(resultCommitment(digest, salt as Hex), commitment, `seal of ${orderId}/${number}`);
}

async function sameChallenge({ chain }: World, rows: Rows, row: Row): Promise<void> {
	const id = row["id"] as Hex;
	const call = { address: chain.market, abi: marketAbi, functionName: "disputeOf", args: [id] } as const;
	const { challenger, bond, appellant, appealBond, index } = await chain.client.readContract(call);
	const held = row["state"] === "open" || row["state"] === "lapsed";
	const expected = held
		? { challenger: row["challenger"], bond: row["bond"], appellant: row["appellant"] ?? zeroAddress }
		: { challenger: zeroAddress, bond: "0", appellant: zeroAddress };
	const shown = { challenger: challenger.toLowerCase(), bond: `${bond}`, appellant: appellant.toLowerCase() };
	assert.deepEqual(shown, expected, `dispute ${id}`);
	assert.equal(`${appealBond}`, held ? (row["appealBond"] ?? "0") : "0", `appeal of ${id}`);
	if (held) assert.equal(`${index}`, row["task"]);
	const job = table(rows, "job").find(({ orderId, number }) => orderId === row["orderId"] && number === row["number"]);
	const live = String(job?.["state"]).startsWith("submitted");
	assert.equal(row["state"] === "open", live && held, `dispute ${id} is ${row["state"]}`);
}

async function samePanel({ chain }: World, rows: Rows, row: Row): Promise<void> {
	const [dispute, round] = [row["dispute"] as Hex, Number(row["round"])];
	const panel = { address: chain.arbiter, abi: panelArbiterAbi } as const;
	const view = await chain.client.readContract({ ...panel, functionName: "panelOf", args: [dispute, round] });
	const known = await chain.client.readContract({ ...panel, functionName: "caseOf", args: [dispute] });
	const where = `round ${round} of ${dispute}`;
	const { snapshotAt: openedAt, rosterLength, beaconRound, commitBy, dataBy, revealFrom } = view;
	const seated = commitBy === 0 ? { commitBy: null, dataBy: null, revealFrom: null } : { commitBy, dataBy, revealFrom };
	const expected = {
		...textOf({ openedAt, rosterLength, beaconRound, fee: known.fee }),
		class: known.class,
		...seated,
	};
	assert.deepEqual(only(row, expected), expected, where);
	const challenge = table(rows, "challenge").find(({ id }) => id === dispute);
	const parties = { node: known.node.toLowerCase(), challenger: known.challenger.toLowerCase() };
	assert.deepEqual(only(challenge ?? {}, parties), parties, where);
	assert.equal(known.round, challenge?.["appellant"] ? 1 : 0, where);
	const decided = known.concluded && known.round === round ? verdictName(view.verdict) : null;
	assert.equal(row["verdict"], decided, where);
	if (decided) assert.equal(challenge?.["verdict"], decided, where);
	const jurors = table(rows, "juror")
		.filter((juror) => juror["dispute"] === dispute && juror["round"] === round)
		.toSorted((a, b) => String(a["sequence"]).localeCompare(String(b["sequence"])));
	const seats = view.drawn.map(({ node, committedAt, revealed, vote, commitment, digest }) => ({
		node: node.toLowerCase(),
		committedAt: committedAt === 0 ? null : committedAt,
		commitment: committedAt === 0 ? null : commitment,
		vote: revealed ? verdictName(vote) : null,
		digest: revealed ? digest : null,
	}));
	assert.deepEqual(
		jurors.map((juror) => only(juror, { node: 0, committedAt: 0, commitment: 0, vote: 0, digest: 0 })),
		seats,
		where,
	);
	assert.equal(row["committed"], seats.filter(({ committedAt }) => committedAt !== null).length, where);
	assert.equal(row["revealed"], seats.filter(({ vote }) => vote !== null).length, where);
}
