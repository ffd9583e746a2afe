import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reason } from "depin/jobs";
import type { Collected } from "./collect.ts";
import type { ContainerState } from "./engine.ts";
import { type Ended, taskReason } from "./outcome.ts";

const FINE: Collected = { ok: true, bytes: 1, files: 1 };
const REFUSED: Collected = { ok: false, reason: "output-refused", detail: "a link" };
const TOO_MANY: Collected = { ok: false, reason: "output-files-exceeded", detail: "too many" };

type Case = [name: string, exitCode: number, oomKilled: boolean, ended: Ended, collected: Collected, reason: Reason];

const cases: Case[] = [
	["default", 0, false, undefined, FINE, "ok"],
	["behavior: an exit code is a failure", 3, false, undefined, FINE, "exit-nonzero"],
	["behavior: memory counts before an exit code of 0", 0, true, undefined, FINE, "oom"],
	["behavior: memory counts before the exit code of the kill", 137, true, undefined, FINE, "oom"],
	["behavior: a container we ended for its time may exit with 0", 0, false, "timeout", FINE, "timeout"],
	["behavior: or be killed", 137, false, "timeout", FINE, "timeout"],
	[
		"behavior: the consumer's stop explains everything after it",
		137,
		true,
		"stopped-by-consumer",
		REFUSED,
		"stopped-by-consumer",
	],
	["behavior: refused outputs fail a task that exits with 0", 0, false, undefined, REFUSED, "output-refused"],
	[
		"behavior: a broken cap explains the exit code that followed",
		1,
		false,
		undefined,
		TOO_MANY,
		"output-files-exceeded",
	],
	[
		"behavior: a watched cap names what was over",
		137,
		false,
		"output-bytes-exceeded",
		TOO_MANY,
		"output-files-exceeded",
	],
	[
		"behavior: a watched cap holds even if the task tidied up",
		137,
		false,
		"output-bytes-exceeded",
		FINE,
		"output-bytes-exceeded",
	],
];

for (const [name, exitCode, oomKilled, ended, collected, reason] of cases) {
	test(name, () => {
		const state: ContainerState = {
			id: "a",
			phase: "exited",
			exitCode,
			oomKilled,
			error: "",
			startedAtMs: 0,
			finishedAtMs: 1,
			runtime: "runc",
			labels: {},
		};
		assert.equal(taskReason(state, ended, collected), reason);
	});
}
