import { after, before, test } from "node:test";
import { type Network, startNetwork } from "./network.ts";
import { jurors } from "./stories/jurors.ts";
import { lots } from "./stories/lots.ts";
import { verdicts } from "./stories/verdicts.ts";
import { type Ending, money } from "./story.ts";

// One network for all: starting nine nodes takes longer than any story.
let network: Network;
const told: [name: string, ending: Ending][] = [];
before(async () => {
	network = await startNetwork();
});
after(async () => {
	print();
	await network.stop();
});

for (const { name, play } of [...verdicts, ...jurors, ...lots])
	test(name, async () => {
		try {
			told.push([name, await play(network)]);
		} finally {
			await network.tidy();
		}
	});

/** What happened, what was found, and who got what: each line adds up to nothing. */
function print(): void {
	for (const [name, { verdict, moved }] of told) {
		console.log(`\n${name.replace(/^(default|behavior): /, "")}`);
		const parts = Object.entries(moved).map(([who, amount]) => `${who} ${amount > 0n ? "+" : ""}${money(amount)}`);
		console.log(`  ${verdict}: ${parts.join(", ")}`);
	}
}
