import assert from "node:assert/strict";
import { getJob, getNode } from "depin/actions";
import { createContentClient, importBytes, upload } from "depin/storage";
import { runCli } from "../../../../sdk/test/cli.ts";
import { startLocalStorage } from "../../../../sdk/test/localStorage.ts";
import { openBook } from "../ledger.ts";
import type { Network } from "../network.ts";
import {
	challenge,
	consumerOf,
	drawnJurors,
	FEE,
	MARKET_FEE,
	order,
	ownersOf,
	PRICE,
	reportedBy,
	SLICE,
	STAKE,
	type Story,
	settled,
	unappealed,
	verdictOf,
	WRONG,
} from "../story.ts";

const doctored: Story = {
	name: "default: a doctored result is convicted: its node loses everything, its consumer is made whole",
	async play(network) {
		const [liar, challenger] = [await network.stranger(), await network.challenger()];
		const close = await openBook(network);
		const job = await reportedBy(network, liar, { files: WRONG });
		const at = await challenge(network, job, challenger);
		const jurors = await drawnJurors(network, at);
		const verdict = await unappealed(network, job, at);
		const moved = await close({
			node: liar.owner.address,
			consumer: consumerOf(network),
			challenger: challenger.address,
			jurors: ownersOf(network, jurors),
		});
		const reward = (STAKE * 3n) / 10n;
		// Compensation is the job's price again, as that is below a tenth of the stake.
		const rest = STAKE - reward - PRICE - 3n * FEE;
		assert.deepEqual(moved, {
			node: -STAKE,
			consumer: PRICE,
			challenger: reward,
			jurors: 3n * FEE,
			"pool and fees": rest,
		});
		const { status, stake, locked } = await getNode(network.client, { node: liar.node.address });
		assert.deepEqual({ status, stake, locked }, { status: "jailed", stake: 0n, locked: 0n });
		assert.equal((await getJob(network.client, { order: job.order, job: 0 })).state, "void");
		await isExplained(network, `${job.orderId}/0`, jurors);
		return { verdict: verdictOf(verdict), moved };
	},
};

/** What `depin dispute show` says of it, to somebody who knows nothing. */
async function isExplained({ devnet }: Network, job: string, jurors: readonly string[]): Promise<void> {
	const { code, stdout, stderr } = await runCli(["dispute", "show", job, "--profile", devnet.profilePath]);
	assert.equal(code, 0, stderr);
	if (process.env["DEPIN_TEST_SHOW"]) console.log(stdout);
	assert.match(stdout, /In short: the node's result was wrong\. It lost its whole stake, the consumer does not pay/);
	const said = jurors.map((juror) => new RegExp(`${juror} {2}WRONG: got (bafy\\w+)`).exec(stdout)?.[1]);
	assert.ok(said[0] && new Set(said).size === 1, "the jurors ran the container, and got the same outputs");
	assert.doesNotMatch(stdout, new RegExp(`ended with "ok" and left ${said[0]}`), "which the node did not hand in");
	assert.match(stdout, /3 of 3 said WRONG: INVALID, the result is wrong\./);
	for (const line of [
		/^ +1000\.00 dUSD {2}the node's stake, all of it$/m,
		/^ +2\.70 dUSD {2}the challenger's bond$/m,
		/^ +0\.30 dUSD {2}the consumer, who had set the job's price aside$/m,
		/^ +0\.60 dUSD {2}the consumer: the job's price of 0\.30 dUSD, and 0\.30 dUSD as compensation$/m,
		/^ +302\.70 dUSD {2}the challenger: the bond, and a reward of 300\.00 dUSD$/m,
		/^ +1\.35 dUSD {2}3 jurors, 0\.45 dUSD each, for running the task again$/m,
		/^ +698\.35 dUSD {2}the pool that pays for audits$/m,
	])
		assert.match(stdout, line);
	assert.equal(stdout.match(/^ +1003\.00 dUSD {2}together$/gm)?.length, 2, "came in, and went out");
}

const honest: Story = {
	name: "behavior: an honest result is VALID though its node is killed -9, and the challenger pays",
	async play(network) {
		const [challenger, worker] = [await network.challenger(), network.members[0] ?? assert.fail("there are members")];
		await worker.stop();
		await worker.start("apart");
		const close = await openBook(network);
		const job = await order(network, { choices: { node: worker.address } });
		await job.event("Submitted");
		const at = await challenge(network, job, challenger);
		await worker.kill();
		const jurors = await drawnJurors(network, at);
		const verdict = await unappealed(network, job, at);
		await worker.start("apart");
		await settled(network, job);
		const moved = await close({
			node: worker.owner,
			consumer: consumerOf(network),
			challenger: challenger.address,
			jurors: ownersOf(network, jurors),
		});
		assert.deepEqual(moved, {
			node: PRICE - MARKET_FEE + at.bond - 3n * FEE,
			consumer: -PRICE,
			challenger: -at.bond,
			jurors: 3n * FEE,
			"pool and fees": MARKET_FEE,
		});
		await worker.stop();
		return { verdict: verdictOf(verdict), moved };
	},
};

const withheld: Story = {
	name: "behavior: a result whose content is withheld is UNAVAILABLE",
	async play(network) {
		const [hider, challenger] = [await network.stranger(), await network.challenger()];
		const close = await openBook(network);
		const script = { files: { n: "task hidden" }, withhold: true, log: `${Date.now()}` };
		const job = await reportedBy(network, hider, script, { spec: { env: { N: "hidden" } } });
		const at = await challenge(network, job, challenger);
		const jurors = await drawnJurors(network, at);
		await network.pass(21); // in which its node might have handed it over
		const verdict = await unappealed(network, job, at);
		const moved = await close({
			node: hider.owner.address,
			consumer: consumerOf(network),
			challenger: challenger.address,
			jurors: ownersOf(network, jurors),
		});
		// The slice of silence would not pay the jurors, so the node pays what they cost.
		assert.ok(SLICE < 3n * FEE);
		assert.deepEqual(moved, { node: -3n * FEE, consumer: 0n, challenger: 0n, jurors: 3n * FEE, "pool and fees": 0n });
		assert.equal((await getNode(network.client, { node: hider.node.address })).status, "active");
		return { verdict: verdictOf(verdict), moved };
	},
};

const random: Story = {
	name: "behavior: a container that never gives the same bytes twice is INCONCLUSIVE, and its node is paid",
	async play(network) {
		const [challenger, worker] = [await network.challenger(), network.members[0] ?? assert.fail("there are members")];
		const close = await openBook(network);
		const job = await order(
			network,
			{ choices: { node: worker.address } },
			`require("fs").writeFileSync("/outputs/n", require("crypto").randomUUID())`,
		);
		await job.event("Submitted");
		const at = await challenge(network, job, challenger);
		const jurors = await drawnJurors(network, at);
		const verdict = await unappealed(network, job, at);
		await settled(network, job);
		const moved = await close({
			node: worker.owner,
			consumer: consumerOf(network),
			challenger: challenger.address,
			jurors: ownersOf(network, jurors),
		});
		assert.deepEqual(moved, {
			node: PRICE - MARKET_FEE,
			consumer: -PRICE,
			challenger: -3n * FEE,
			jurors: 3n * FEE,
			"pool and fees": MARKET_FEE,
		});
		return { verdict: verdictOf(verdict), moved };
	},
};

const takenBack: Story = {
	name: "behavior: an input that its consumer took back is handed to the jurors by the node it was given to",
	async play(network) {
		const [challenger, worker] = [await network.challenger(), network.members[0] ?? assert.fail("there are members")];
		const elsewhere = await startLocalStorage();
		try {
			const close = await openBook(network);
			const theirs = createContentClient({ sources: [elsewhere.url], uploadTo: elsewhere, allowPrivateSources: true });
			const input = await importBytes(new TextEncoder().encode("a seed"));
			await upload(theirs, input, { name: "seed" });
			const job = await order(
				network,
				{
					choices: { node: worker.address },
					spec: { inputs: [{ path: "/inputs/seed", cid: input.root.toString() }] },
					sources: [elsewhere.url],
				},
				`const fs = require("fs"); fs.writeFileSync("/outputs/n", "from " + fs.readFileSync("/inputs/seed"))`,
			);
			await job.event("Submitted");
			await elsewhere.stop();
			const at = await challenge(network, job, challenger);
			const jurors = await drawnJurors(network, at);
			const verdict = await unappealed(network, job, at);
			await settled(network, job);
			const moved = await close({
				node: worker.owner,
				consumer: consumerOf(network),
				challenger: challenger.address,
				jurors: ownersOf(network, jurors),
			});
			assert.equal(moved["node"], PRICE - MARKET_FEE + at.bond - 3n * FEE);
			return { verdict: verdictOf(verdict), moved };
		} finally {
			await elsewhere.stop();
		}
	},
};

export const verdicts: readonly Story[] = [doctored, honest, takenBack, withheld, random];
