// An order that no chain holds, for measuring the page with more jobs than anybody would wait for.
import { type Deployment, type Order, orderId, packTerms } from "depin";
import { marketAbi } from "depin/abi";
import type { Page } from "playwright-core";
import {
	type Address,
	encodeAbiParameters,
	encodeEventTopics,
	type Hex,
	pad,
	toHex,
	zeroAddress,
	zeroHash,
} from "viem";

export type MadeUpOrder = { id: Hex; logs: object[] };

/** `lots` jobs; the first `claimed` of them run on `node`. */
export function madeUpOrder(
	deployment: Deployment,
	{ lots, claimed, consumer, node }: { lots: number; claimed: number; consumer: Address; node: Address },
): MadeUpOrder {
	const order: Order = {
		...{ consumer, salt: 1n, node: zeroAddress, lots, tasksPerLot: 1, replicas: 1, quorum: 1, metered: false },
		...{ arbiter: zeroAddress, challengeFor: 60, maxRun: 600, postBy: 2_000_000_000, verifier: zeroAddress },
		...{ openFor: 1_200, rampFor: 0, beatEvery: 0, taskRoot: zeroHash, startPrice: 1n, maxPrice: 1n },
		...{ failBps: 5_000, class: 1, bond: 1n, feeBps: 200, manifest: zeroHash },
	};
	const id = orderId(deployment, order);
	const posted = log(deployment.market, 0, "Posted", { id, consumer, class: 1, terms: packTerms(order), uri: "" });
	const claims = Array.from({ length: claimed }, (_, job) =>
		log(deployment.market, job + 1, "Claimed", { id, job, node, claimDelay: 1, deadline: 2_000_000_000 }),
	);
	return { id, logs: [posted, ...claims] };
}

function log(address: Address, index: number, name: "Posted" | "Claimed", args: Record<string, unknown>) {
	const event = marketAbi.find((item) => item.type === "event" && item.name === name);
	if (event?.type !== "event") throw new Error(`the Market has no event ${name}`);
	const inputs: readonly { name: string; indexed: boolean }[] = event.inputs;
	const plain = inputs.filter(({ indexed }) => !indexed);
	const topics = encodeEventTopics({ abi: [event], eventName: name, args } as never);
	const data = encodeAbiParameters(plain as never, plain.map((input) => args[input.name]) as never);
	const place = { blockHash: pad("0x1"), blockNumber: "0x1", blockTimestamp: toHex(Math.floor(Date.now() / 1000)) };
	const inBlock = { transactionHash: pad("0x2"), transactionIndex: "0x0", logIndex: toHex(index), removed: false };
	return { address, topics, data, ...place, ...inBlock };
}

/** Answers the page's question for this order's events; everything else goes to the endpoint. */
export async function tellOf(page: Page, rpcUrl: string, { id, logs }: MadeUpOrder): Promise<void> {
	await page.route(`${rpcUrl}/**`, async (route) => {
		const asked = route.request().postDataJSON();
		const text = JSON.stringify(asked);
		if (asked?.method !== "eth_getLogs" || !text.includes(id)) return route.continue();
		return route.fulfill({
			headers: { "access-control-allow-origin": "*" },
			json: { jsonrpc: "2.0", id: asked.id, result: logs },
		});
	});
}
