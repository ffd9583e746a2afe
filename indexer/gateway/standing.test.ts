import assert from "node:assert/strict";
import { test } from "node:test";
import { isAstray, lagOf, type Seen, troubleOf } from "./standing.ts";

const hash = `0x${"ab".repeat(32)}` as const;
const address = `0x${"aa".repeat(20)}` as const;
const NOW = Date.parse("2026-01-02T03:04:05Z");
const atHead: Seen = {
	status: { chainId: 31337, market: address, asset: address, block: 100, time: 1 },
	last: 100,
	mirrorAway: undefined,
	chainAway: undefined,
	replaced: undefined,
};
const replaced = (since: number) => ({ event: { name: "Posted", block: 90, tx: hash }, since });

const cases: [said: string, change: Partial<Seen>, lag: number | undefined, trouble: RegExp | undefined][] = [
	["at the head", {}, 0, undefined],
	["a little behind", { last: 105 }, 5, undefined],
	["far behind", { last: 200 }, 100, /up to block 100, 100 behind the chain's last.*No money is affected/],
	["seen before the chain's server saw it", { last: 98 }, 0, undefined],
	[
		"ahead of a chain that was set back",
		{ last: 7 },
		undefined,
		/chain's last is 7.*set back.*endpoint of this gateway/,
	],
	["not asked yet", { status: undefined, last: undefined }, undefined, /just started/],
	["the mirror away", { mirrorAway: NOW }, undefined, /mirror has not answered since 2026-01-02T03:04:05.000Z/],
	["the chain away", { chainAway: NOW }, undefined, /endpoint has not answered .* true up to block 100/],
	["in the middle of a reorg", { replaced: replaced(NOW - 900) }, undefined, /the mirror is following/],
	[
		"of another chain",
		{ replaced: replaced(NOW - 5_000) },
		undefined,
		/Posted in block 90.*started anew.*none is shown/,
	],
	["of another chain, which is away", { replaced: replaced(1), chainAway: NOW }, undefined, /started anew/],
];
for (const [said, change, lag, trouble] of cases) {
	test(`behavior: ${said}`, () => {
		const seen = { ...atHead, ...change };
		assert.equal(lagOf(seen, 5), lag);
		if (trouble) assert.match(troubleOf(seen, 5, NOW) ?? "", trouble);
		else assert.equal(troubleOf(seen, 5, NOW), undefined);
		assert.equal(isAstray(seen, NOW), said.startsWith("of another chain"));
	});
}
