import assert from "node:assert/strict";
import { test } from "node:test";
import { needsOf } from "./needs.ts";
import { parseSpec } from "./spec.ts";

const image = `example/a@sha256:${"0".repeat(64)}`;
const resources = { cpus: 2, memoryMiB: 1024, gpus: 1, tmpMiB: 256, shmMiB: 128 };
const outputs = { maxBytes: 2 ** 20 + 1 };
const egress = { egress: ["api.example.com"], maxBytes: 2 ** 30 };

const table = [
	["default", {}, { cpus: 1, memoryMiB: 512, gpus: 0, diskMiB: 1024 }],
	[
		"behavior: memory disks are part of the memory",
		{ resources },
		{ cpus: 2, memoryMiB: 1024, gpus: 1, diskMiB: 1024 },
	],
	["behavior: a begun MiB of outputs is a whole one", { outputs }, { cpus: 1, memoryMiB: 512, gpus: 0, diskMiB: 2 }],
	[
		"behavior: a network comes with a proxy, whatever the job does with it",
		{ network: egress },
		{ cpus: 1.5, memoryMiB: 704, gpus: 0, diskMiB: 1024 },
	],
] as const;
for (const [name, spec, expected] of table)
	test(name, () => assert.deepEqual(needsOf(parseSpec({ version: 1, image, timeout: 60, ...spec })), expected));
