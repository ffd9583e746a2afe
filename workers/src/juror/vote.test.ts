import assert from "node:assert/strict";
import { test } from "node:test";
import { resultStatus, type Verdict } from "depin";
import { keccak256, zeroHash } from "viem";
import { type Finding, voteOf } from "./vote.ts";

const [THEIRS, OURS] = [keccak256("0x01"), keccak256("0x02")];
const { ok, nonzeroExit, timeout, outOfMemory, stopped } = resultStatus;
const ran = (status: number, seconds = 1) => ({ digest: OURS, status, seconds });
const same = { verdict: "same", detail: "every byte is the same" } as const;
const different = { verdict: "different", detail: "the bytes differ" } as const;
const undecided = { verdict: "undecided", detail: "nobody can say" } as const;
const tolerant = { tolerance: { metric: "json-abs", max: 1 } } as const;
const honest: Finding = {
	match: "exact",
	timeout: 100,
	published: true,
	claimed: { digest: THEIRS, status: ok },
	obtained: ran(ok),
	comparison: same,
};

const table: [string, Partial<Finding>, Verdict, string?][] = [
	["default: the same bytes", {}, "valid", OURS],
	["other bytes under exact name what was got", { comparison: different }, "invalid", OURS],
	["another value under tolerance names nothing", { match: tolerant, comparison: different }, "invalid", zeroHash],
	["what cannot be compared convicts nobody", { match: tolerant, comparison: undecided }, "inconclusive"],
	["none is not judged", { match: "none", comparison: undecided }, "inconclusive"],
	["none, but withheld", { match: "none", published: false, comparison: undefined }, "unavailable"],
	["right, but withheld", { published: false }, "unavailable"],
	["wrong and withheld is wrong", { published: false, comparison: different }, "invalid", OURS],
	[
		"withheld under tolerance cannot be compared",
		{ match: tolerant, published: false, comparison: undefined },
		"unavailable",
	],
	["said to be withheld, and is there", { claimed: undefined, obtained: undefined, comparison: undefined }, "valid"],
	["said to be withheld, and is", { claimed: undefined, published: false, obtained: undefined }, "unavailable"],
	["its image is gone", { obtained: { impossible: "no source has the image" }, comparison: undefined }, "inconclusive"],
	["image and result are gone", { obtained: { impossible: "gone" }, published: false }, "unavailable"],
	["a failure that is none", { claimed: { digest: THEIRS, status: nonzeroExit } }, "invalid"],
	["a success that is none", { obtained: ran(nonzeroExit) }, "invalid"],
	[
		"a failure of the same kind",
		{ claimed: { digest: THEIRS, status: nonzeroExit }, obtained: ran(nonzeroExit) },
		"valid",
	],
	["a timeout that is none", { claimed: { digest: THEIRS, status: timeout }, obtained: ran(ok, 10) }, "invalid"],
	[
		"a timeout that may be one",
		{ claimed: { digest: THEIRS, status: timeout }, obtained: ran(ok, 60) },
		"inconclusive",
	],
	[
		"both too slow",
		{ claimed: { digest: THEIRS, status: timeout }, obtained: ran(timeout), comparison: different },
		"valid",
	],
	["a juror too slow", { obtained: ran(timeout) }, "inconclusive"],
	["a juror too small", { obtained: ran(outOfMemory) }, "inconclusive"],
	["stopped by its consumer", { claimed: { digest: THEIRS, status: stopped } }, "inconclusive"],
];

for (const [name, over, verdict, digest] of table)
	test(name.startsWith("default") ? name : `behavior: ${name}`, () => {
		const { vote, because } = voteOf({ ...honest, ...over });
		assert.equal(vote.verdict, verdict, because);
		if (digest) assert.equal(vote.digest, digest);
		if (verdict === "inconclusive" || verdict === "unavailable") assert.equal(vote.digest, zeroHash);
		assert.ok(because.length > 10);
	});
