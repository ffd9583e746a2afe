import type { MarketClient } from "depin";
import { watchEvents } from "depin/actions";
import type Docker from "dockerode";
import { type Address, type Hash, type Hex, isAddressEqual } from "viem";
import { containerStarts } from "./containerStarts.ts";

export type StepName = "post" | "claim" | "containerStart" | "submit" | "settle";

/** One thing that happened to an order, as soon as this machine could see it. */
export interface Step {
	name: StepName;
	/** Milliseconds of this machine's clock. */
	at: number;
	/** Absent for what the chain does not see. */
	tx?: Hash;
	gas?: number;
	/** Who or how much, for people. */
	note: string;
}

export interface Timeline {
	/** The consumer's first order; known once it is posted. */
	readonly orderId: Hex | undefined;
	readonly steps: readonly Step[];
	/** Asset units to the provider, to the protocol, and back to the consumer; known once settled. */
	readonly paid: { pay: bigint; fee: bigint; refund: bigint; node: Address } | undefined;
	/** Resolves when the job is settled. */
	settled: Promise<void>;
}

export interface TimelineOptions {
	consumer: Address;
	docker: Docker;
	onStep: (step: Step) => void;
	signal: AbortSignal;
}

/** Follows the first order that `consumer` posts from now on: chain events, and the engine's start of its container. */
export function followOrder(client: MarketClient, { consumer, docker, onStep, signal }: TimelineOptions): Timeline {
	const steps: Step[] = [];
	const { promise: settled, resolve: settle, reject } = Promise.withResolvers<void>();
	settled.catch(() => {}); // whoever waits for it is told; nobody has to
	const timeline: { orderId: Hex | undefined; steps: Step[]; paid: Timeline["paid"]; settled: Promise<void> } = {
		orderId: undefined,
		steps,
		paid: undefined,
		settled,
	};
	const add = (step: Step) => {
		steps.push(step);
		onStep(step);
	};

	async function followChain(): Promise<void> {
		for await (const { events } of watchEvents(client, { fromBlock: await client.getBlockNumber(), signal })) {
			for (const event of events) {
				const at = Date.now();
				if (event.eventName === "Posted" && timeline.orderId === undefined) {
					if (isAddressEqual(event.args.consumer, consumer)) timeline.orderId = event.args.id;
				}
				const name = stepOf(event.eventName);
				if (name === undefined || !("id" in event.args) || event.args.id !== timeline.orderId) continue;
				const { gasUsed } = await client.getTransactionReceipt({ hash: event.transactionHash });
				if (event.eventName === "Settled") {
					const { pay, fee, refund, node } = event.args;
					timeline.paid = { pay, fee, refund, node };
				}
				const note = "node" in event.args && typeof event.args.node === "string" ? `by node ${event.args.node}` : "";
				add({ name, at, tx: event.transactionHash, gas: Number(gasUsed), note });
				if (event.eventName === "Settled") return settle();
			}
		}
	}

	async function followEngine(): Promise<void> {
		const label = `depin.market=${client.deployment.market.toLowerCase()}`;
		for await (const { at, id, attributes } of await containerStarts(docker, label, signal)) {
			if (attributes["depin.order"] !== timeline.orderId) continue;
			add({ name: "containerStart", at, note: `container ${id.slice(0, 12)}` });
		}
	}

	followChain().catch(reject);
	followEngine().catch(reject);
	return timeline;
}

const STEPS: Record<string, StepName> = { Posted: "post", Claimed: "claim", Submitted: "submit", Settled: "settle" };
const stepOf = (event: string): StepName | undefined => STEPS[event];
