import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { ensureBaseImage } from "../../../deploy/engine/baseImage.ts";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { testPlan } from "../../test/plan.ts";
import { dockerEngine } from "../engine/docker.ts";
import { createTierOffer } from "./tierOffer.ts";

const offerOf = (runtimes: string[], held = runtimes) =>
	createTierOffer({ floor: "container", runtimes, holds: (runtime) => held.includes(runtime), connects: () => true });

test("default", () => {
	const offer = offerOf(["runc", "runsc", "io.containerd.kata.v2"]);
	assert.deepEqual(offer.offered(), ["container", "sandbox", "vm"]);
	assert.deepEqual(offer.choose({ tier: "vm", network: "none" }), { tier: "vm", runtime: "io.containerd.kata.v2" });
});

test("behavior: a tier that is there and does not hold is as good as missing", () => {
	const offer = offerOf(["runc", "runsc"], ["runc"]);
	assert.deepEqual([offer.offered(), offer.rejected()], [["container"], ["sandbox"]]);
	assert.throws(() => offer.choose({ tier: "sandbox", network: "none" }), {
		code: "tier-missing",
		message: /has container\.$/,
	});
});

test("behavior: without Kata nothing runs as a virtual machine, nor falls back to less", async () => {
	const { docker, socketPath } = await ensureEngine(() => {});
	const engine = dockerEngine({ socketPath });
	try {
		const runtimes = (await engine.info()).runtimes.filter((name) => !/kata/.test(name));
		assert.throws(() => offerOf(runtimes).choose({ tier: "vm", network: "none" }), { code: "tier-missing" });
		// And whoever asked the engine all the same would not get a container of another kind.
		const imageId = (await ensureBaseImage(docker)).id;
		const runtime = "kata-that-is-not-here";
		const plan = testPlan({ name: `depin-vm-${process.pid}`, imageId, runtime, inputs: [], outputsDir: tmpdir() });
		await assert.rejects(engine.create(plan), { code: "start-refused", message: /kata-that-is-not-here/ });
	} finally {
		engine.close();
	}
});
