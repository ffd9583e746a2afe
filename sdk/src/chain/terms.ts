import { type Address, type Hex, hashTypedData, pad, toHex } from "viem";
import { type Deployment, marketDomain, orderTypes } from "./typedData.ts";
import { NonCanonicalWordError, packWord, unpackWord, type WordLayout } from "./words.ts";

/** The terms of an order by name. Prices and bond in base units of the asset, times in unix seconds, spans in seconds. */
export type Order = {
	/** Pays, and gets every refund. */
	consumer: Address;
	/** Makes otherwise equal orders distinct. */
	salt: bigint;
	/** Zero address = open to the class; else exclusive for the first `rampFor` seconds (all of `openFor` if 0). */
	node: Address;
	lots: number;
	tasksPerLot: number;
	replicas: number;
	quorum: number;
	/** Pay per billed second instead of per job. */
	metered: boolean;
	/** Zero address = the deployment's default. */
	arbiter: Address;
	challengeFor: number;
	/** Seconds from claim to submit. */
	maxRun: number;
	/** `post` is refused later than this. */
	postBy: number;
	/** Zero address = none. */
	verifier: Address;
	/** Seconds after posting in which jobs may be claimed. */
	openFor: number;
	/** Seconds in which the unit price climbs from `startPrice` to `maxPrice`. */
	rampFor: number;
	/** Seconds between signs of life; 0 = none asked. */
	beatEvery: number;
	taskRoot: Hex;
	/** Per job, or per second when metered. */
	startPrice: bigint;
	maxPrice: bigint;
	/** Share of the price paid for a truthful failure, in 1/10000. */
	failBps: number;
	class: number;
	/** Stake locked per job. */
	bond: bigint;
	/** Must equal the deployment's fee when posted. */
	feeBps: number;
	/** sha2-256 of the bundle's manifest. */
	manifest: Hex;
};

/** The same terms in the eight words that calldata and the `Posted` event carry. */
export type Terms = {
	consumerSalt: bigint;
	nodeShape: bigint;
	arbiterTimes: bigint;
	verifierTimes: bigint;
	taskRoot: Hex;
	price: bigint;
	bondFee: bigint;
	manifest: Hex;
};

/** The one place of the sdk that knows the packing; vectors shared with Solidity check it. */
const layout = {
	consumerSalt: [
		["consumer", 160],
		["salt", 96],
	],
	nodeShape: [
		["node", 160],
		["lots", 32],
		["tasksPerLot", 32],
		["replicas", 8],
		["quorum", 8],
		["metered", 8],
	],
	arbiterTimes: [
		["arbiter", 160],
		["challengeFor", 32],
		["maxRun", 32],
		["postBy", 32],
	],
	verifierTimes: [
		["verifier", 160],
		["openFor", 32],
		["rampFor", 32],
		["beatEvery", 32],
	],
	price: [
		["startPrice", 96],
		["maxPrice", 96],
		["failBps", 16],
		["class", 16],
	],
	bondFee: [
		["bond", 96],
		["feeBps", 16],
	],
} as const satisfies Record<string, WordLayout>;

/** Packs readable terms; throws {@link FieldRangeError} for a value too large for its field. */
export function packTerms(order: Order): Terms {
	const pack = (word: keyof typeof layout) =>
		packWord(
			layout[word],
			layout[word].map(([field]) => BigInt(order[field])),
		);
	return {
		consumerSalt: pack("consumerSalt"),
		nodeShape: pack("nodeShape"),
		arbiterTimes: pack("arbiterTimes"),
		verifierTimes: pack("verifierTimes"),
		taskRoot: order.taskRoot,
		price: pack("price"),
		bondFee: pack("bondFee"),
		manifest: order.manifest,
	};
}

/** The readable terms; throws {@link NonCanonicalWordError} for what no readable order packs to. */
export function unpackTerms(terms: Terms): Order {
	const values = new Map<string, bigint>();
	for (const [word, fields] of Object.entries(layout) as [keyof typeof layout, WordLayout][]) {
		const unpacked = unpackWord(fields, terms[word]);
		fields.forEach(([field], index) => {
			values.set(field, unpacked[index] ?? 0n);
		});
	}
	if ((values.get("metered") ?? 0n) > 1n) throw new NonCanonicalWordError(layout.nodeShape, terms.nodeShape);
	const big = (field: keyof Order) => values.get(field) ?? 0n;
	const int = (field: keyof Order) => Number(big(field));
	const address = (field: keyof Order) => pad(toHex(big(field)), { size: 20 });
	return {
		consumer: address("consumer"),
		salt: big("salt"),
		node: address("node"),
		lots: int("lots"),
		tasksPerLot: int("tasksPerLot"),
		replicas: int("replicas"),
		quorum: int("quorum"),
		metered: big("metered") !== 0n,
		arbiter: address("arbiter"),
		challengeFor: int("challengeFor"),
		maxRun: int("maxRun"),
		postBy: int("postBy"),
		verifier: address("verifier"),
		openFor: int("openFor"),
		rampFor: int("rampFor"),
		beatEvery: int("beatEvery"),
		taskRoot: terms.taskRoot,
		startPrice: big("startPrice"),
		maxPrice: big("maxPrice"),
		failBps: int("failBps"),
		class: int("class"),
		bond: big("bond"),
		feeBps: int("feeBps"),
		manifest: terms.manifest,
	};
}

/** EIP-712 hash of the terms: the key under which the Market stores the order. */
export function orderId(deployment: Deployment, order: Order): Hex {
	return hashTypedData({
		domain: marketDomain(deployment),
		types: orderTypes,
		primaryType: "Order",
		message: order,
	});
}

/** Jobs of an order: one per lot and replica, numbered lot * replicas + replica. */
export function jobCount(order: Pick<Order, "lots" | "replicas">): number {
	return order.lots * order.replicas;
}

/** The lot a job runs. */
export function lotOf(order: Pick<Order, "replicas">, job: number): number {
	return Math.floor(job / order.replicas);
}

/** Global indexes of the tasks a job runs, first included, last excluded. */
export function taskRange(order: Pick<Order, "replicas" | "tasksPerLot">, job: number): { from: number; to: number } {
	const from = lotOf(order, job) * order.tasksPerLot;
	return { from, to: from + order.tasksPerLot };
}
