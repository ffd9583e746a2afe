// A result that somebody doubts: what it costs, one signature, jurors, verdict. On a devnet of its own, as it moves the clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMarketClient } from "depin";
import { getDisputes } from "depin/actions";
import type { Hex } from "viem";
import { wellKnown } from "../devnet/accounts.ts";
import { testClient } from "../devnet/chain.ts";
import { addSilentNode } from "../devnet/populate.ts";
import { connect, heading, JOB_MS, orderOf, post, run, settled, text, visit, world } from "./visit.ts";

/** Past every clock of a panel with one step: the votes, their opening, the appeal. */
const STEP_SECONDS = 900;

test(
	"behavior: a doubted result is challenged by one signature, the jurors' answer appealed by another, and the page shows both",
	run,
	async () => {
		const { page, wallet, close } = await visit("#/new");
		await connect(page);
		await page.getByRole("radio", { name: /^Sentences/ }).check();
		const field = page.getByLabel("Job file");
		const job = JSON.parse(await field.inputValue());
		// A window that outlasts every check on a busy machine.
		await field.fill(JSON.stringify({ ...job, order: { ...job.order, challengeFor: 86_400 } }));
		await post(page).click();
		await heading(page, /^Order 0x/).waitFor();
		await page.getByRole("button", { name: "Verify in the browser" }).click({ timeout: JOB_MS });
		await text(page, /All 19 checks hold/, 60_000);
		await page.getByText("Doubt this result").click();
		await text(page, /There are too few jurors for a challenge/);

		const { devnet } = world;
		for (const index of [0, 1])
			await addSilentNode(devnet, { owner: wellKnown(20 + index), node: wellKnown(30 + index) });
		await page.reload();
		await page.getByRole("button", { name: "Verify in the browser" }).click();
		await page.getByText("Doubt this result").click();
		const before = wallet.asked.length;
		await page.getByRole("button", { name: /^Challenge with \d/ }).click();
		await text(page, /Challenged: its result is said to be wrong/);
		assert.deepEqual(wallet.asked.slice(before), ["eth_sendTransaction"]);
		await text(page, /nobody is paid before the verdict/);
		assert.equal(await page.getByRole("button", { name: /^Accept/ }).count(), 0);
		await text(page, /3 drawn by lot, each runs the task again/, 60_000);
		await settled(page);

		for (const index of [2, 3, 4, 5])
			await addSilentNode(devnet, { owner: wellKnown(20 + index), node: wellKnown(30 + index) });
		const client = createMarketClient({ ...devnet.deployment, rpcUrl: devnet.rpcUrl });
		const chain = testClient(devnet.rpcUrl);
		const [dispute] = await getDisputes(client, { orderId: orderOf(page) as Hex, job: 0 });
		const { endedAt = 0 } = dispute?.rounds[0] ?? {};
		await chain.increaseTime({ seconds: endedAt - Number((await client.getBlock()).timestamp) });
		await text(page, /This is final unless somebody appeals/);
		await page.getByRole("button", { name: /^Appeal with \d/ }).click();
		await text(page, /^Appeal: /);
		assert.equal(await page.getByRole("button", { name: /^Appeal/ }).count(), 0, "once");

		const verdict = page.getByText(/^Verdict: /).first();
		for (let steps = 0; steps < 12 && !(await verdict.isVisible()); steps++) {
			await chain.increaseTime({ seconds: STEP_SECONDS });
			await verdict.waitFor({ timeout: 5_000 }).catch(() => {});
		}
		await verdict.waitFor();
		await text(page, /dUSD to the jurors|dUSD to the challenger/);
		await close();
	},
);
