// Live logs on a whole devnet: two nodes, one reached directly and one through the relay, and the command that follows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type CliResult, runCli } from "../../sdk/test/cli.ts";
import { until } from "./until.ts";
import { type PostedJob, startWorld, type World } from "./world.ts";

/** Writes a line a quarter of a second, 24 in all, and one that tries to be clever. */
const PROGRAM = `
	let line = 0;
	console.log("\\u001b[2Jhello");
	const timer = setInterval(() => { console.log("line " + ++line); if (line === 24) clearInterval(timer); }, 250);
`;
const LINES = ["hello", ...Array.from({ length: 24 }, (_, index) => `line ${index + 1}`)];

let world: World;
before(async () => {
	world = await startWorld({ challengeFloor: 3 });
});
after(() => world.stop());

/** The node with the job, its place in the devnet, and where its channel is. */
async function claimed(job: PostedJob): Promise<{ index: number; url: string }> {
	const { node } = (await job.event("Claimed")).args;
	const { accounts, storage } = world.devnet;
	const index = accounts.nodes.findIndex(({ address }) => address === node);
	const direct = world.devnet.channelUrl;
	return { index, url: index === 0 ? direct : `${storage.url}/v1/relay/${node.toLowerCase()}` };
}

/** `depin logs --follow` of a job; `onLine` hears what it prints. */
async function followed(job: PostedJob, url: string, onText: (text: string) => void = () => {}): Promise<CliResult> {
	const args = ["logs", `${job.orderId}/0`, "--follow", "--channel", url, "--profile", world.devnet.profilePath];
	return runCli(args, { onSpawn: (_, __, stdout) => stdout.on("data", (chunk) => onText(String(chunk))) });
}

for (const index of [0, 1]) {
	test(`${index === 0 ? "default" : "behavior: through the storage's relay"}`, async () => {
		const { address } = world.devnet.accounts.nodes[index] ?? assert.fail();
		const job = await world.order(PROGRAM, { choices: { challengeFor: 3, node: address } });
		const { url } = await claimed(job);
		const { code, stdout, stderr } = await followed(job, url);
		assert.equal(code, 0, stderr);
		assert.deepEqual(stdout.trim().split("\n"), LINES);
		assert.deepEqual(await job.history(), ["Posted", "Claimed", "Submitted"], "it ends with the result");
	});

	test(`behavior: the node is killed -9 and the reader ${index === 0 ? "" : "behind the relay "}misses no line`, async () => {
		const { address } = world.devnet.accounts.nodes[index] ?? assert.fail();
		const job = await world.order(PROGRAM, { choices: { challengeFor: 3, node: address } });
		const { url } = await claimed(job);
		let seen = "";
		const following = followed(job, url, (text) => {
			seen += text;
		});
		await until("some lines were shown", () => seen.includes("line 4\n"));
		await world.devnet.nodes[index]?.kill("SIGKILL");
		await world.devnet.nodes[index]?.start();
		const { code, stdout, stderr } = await following;
		assert.equal(code, 0, stderr);
		assert.deepEqual(stdout.trim().split("\n"), LINES);
		assert.match(stderr, /the connection was lost, going on where it was/);
	});
}
