// From a pasted job file to an order that can be signed: checked, quoted, stored, posted.
import type { MarketClient, Order } from "depin";
import { DepinError, jobCount, orderEscrow } from "depin";
import { draftFromChain, missingFunds, postOrder } from "depin/actions";
import { createBundle, type JobFile, type JobSpec, parseJobFile, parseSpec, SpecInvalidError } from "depin/jobs";
import { createContentClient, dagOfBlock, encodeUri, upload } from "depin/storage";
import { type Address, type Hash, type Hex, zeroAddress, zeroHash } from "viem";
import type { SiteConfig } from "../app/config.ts";

/** A job file whose image and inputs all have CIDs or digests, as a page can order it. */
export type Draft = { file: JobFile; spec: JobSpec };

type InputSource = JobFile["inputs"][number]["from"];
/** A result of another job, as an input. */
export type Reference = Extract<InputSource, { kind: "job" }>["ref"];
export type Find = (reference: Reference) => { cid: string } | { problem: string };

/** The results of other jobs that a job file takes as inputs; none while it cannot be read. */
export function referencesIn(text: string): Reference[] {
	try {
		return parseJobFile(text, "").inputs.flatMap(({ from }) => (from.kind === "job" ? [from.ref] : []));
	} catch {
		return [];
	}
}

/** @throws {SpecInvalidError} names each field that is wrong, or that only the command can resolve. */
export function readDraft(text: string, price: string | undefined, find: Find): Draft {
	const parsed = parseJobFile(text, "");
	const file = price === undefined ? parsed : { ...parsed, order: { ...parsed.order, price } };
	const { image, template } = file;
	const inputs = file.inputs.map(({ path, from }) => ({ path, ...contentOf(from, find) }));
	const problems = [
		...(image.kind === "path" ? [{ field: "image", problem: ONLY_COMMAND }] : []),
		...inputs.flatMap((input, index) =>
			"problem" in input ? [{ field: `inputs[${index}].from`, problem: input.problem }] : [],
		),
	];
	if (problems.length > 0) throw new SpecInvalidError("The job file", problems);
	const named = image.kind === "cid" ? image.cid : image.kind === "registry" ? image.reference : "";
	return { file, spec: parseSpec({ ...template, image: named, inputs }) };
}

const ONLY_COMMAND = "names something on your disk; `depin run` resolves that, a page needs its CID";

function contentOf(from: InputSource, find: Find): ReturnType<Find> {
	if (from.kind === "cid") return { cid: from.cid };
	return from.kind === "job" ? find(from.ref) : { problem: ONLY_COMMAND };
}

export type Terms = {
	order: Order;
	/** Held when posted, and the most the consumer can lose. */
	escrow: bigint;
	jobs: number;
	/** Active nodes of its class, says the chain. */
	active: number;
};

type Pricing = { consumer: Address | undefined; decimals: number };

/** The terms as the chain would take them now; nothing is stored and nothing signed. */
export async function termsOf(market: MarketClient, { file }: Draft, { consumer, decimals }: Pricing): Promise<Terms> {
	const { parameters, tasksPerLot, template } = file;
	const lots = parameters.length / tasksPerLot;
	const work = { taskRoot: zeroHash, manifest: zeroHash, lots, tasksPerLot, timeout: template.timeout };
	const drafted = { section: file.order, work, consumer: consumer ?? zeroAddress, decimals };
	const { order, active } = await draftFromChain(market, drafted);
	return { order, active, escrow: orderEscrow(order), jobs: jobCount(order) };
}

/** Of `escrow`, what the balance lacks: that much a permit lets the Market take from the wallet. */
export function lacking(market: MarketClient, account: Address, escrow: bigint): Promise<bigint> {
	return missingFunds(market, { account, needed: escrow });
}

type Posting = { decimals: number; onSent: (hash: Hash) => void };

/** Stores the manifest, then posts: permit, deposit and order in one transaction. */
export async function postDraft(
	market: MarketClient,
	{ storage }: SiteConfig,
	{ file, spec }: Draft,
	{ decimals, onSent }: Posting,
): Promise<Hex> {
	const consumer = market.account?.address;
	if (consumer === undefined) throw new DepinError("no account signs");
	if (storage.token === undefined)
		throw new DepinError("This site may not store anything for you", {
			hint: "Order it with `depin run`, which uses the storage of your own profile. Nothing was posted.",
		});
	const { parameters, tasksPerLot } = file;
	const bundle = createBundle({ spec, parameters, tasksPerLot });
	const { taskRoot, digest: manifest, lots } = bundle;
	const work = { taskRoot, manifest, lots, tasksPerLot, timeout: spec.timeout };
	const { order } = await draftFromChain(market, { section: file.order, work, consumer, decimals });
	// Before anything is stored: can this account pay for it at all?
	await missingFunds(market, { account: consumer, needed: orderEscrow(order) });
	const uploadTo = { url: storage.url, token: storage.token };
	const content = createContentClient({ sources: [storage.url], uploadTo });
	await upload(content, dagOfBlock(bundle.block), { name: `manifest ${bundle.cid}` });
	const uri = encodeUri({ cid: bundle.cid, sources: [storage.url] });
	return (await postOrder(market, { order, uri, onSent })).orderId;
}
