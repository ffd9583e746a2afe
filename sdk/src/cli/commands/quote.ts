import { zeroAddress } from "viem";
import { draftFromChain } from "../../actions/draftFromChain.ts";
import { type AssetUnit, formatAsset } from "../../chain/amounts.ts";
import { draftOrder } from "../../chain/draft.ts";
import { orderEscrow } from "../../chain/pricing.ts";
import type { Order } from "../../chain/terms.ts";
import { DepinError } from "../../errors/base.ts";
import { createGatewayClient, createIndexerClient } from "../../indexer/client.ts";
import { type QuoteAnswer, quoteRequestOf } from "../../indexer/quote.ts";
import type { JobFile } from "../../jobs/jobFile.ts";
import { orderChoices } from "../../jobs/orderSection.ts";
import type { CommandModule } from "../commandModule.ts";
import type { Context } from "../context.ts";
import { collectInput, type Overrides, override } from "../overrides.ts";
import { findProfile, type Profile } from "../profile.ts";
import { quoteAnswerLines } from "../quoteAnswer.ts";
import { readJobFile, standIn } from "../readJobFile.ts";
import { openSession } from "../session.ts";

/** From the chain: what the order may cost at most, and who is there. */
type FromChain = { order: Order; asset: AssetUnit; mostYouCanLose: bigint; activeNodes: number };
/** From the indexer: who would take it now. */
type FromIndexer = { order: Order; asset: AssetUnit; answer: QuoteAnswer };
type Absent = { absent: DepinError };

export const quote: CommandModule<Overrides> = {
	usage: "quote <job.yaml>",
	summary: "what an order would cost at most, who could take it now, and what stands in the way; signs nothing",
	examples: ["depin quote examples/digits/job.yaml", "depin quote job.yaml --price 0.80 --json"],
	options: [
		[
			"-i, --input <NAME=source>",
			"as `depin run` would take it: nodes that hold it already start sooner",
			collectInput,
		],
		["--price <amount>", "as if this were paid for a job, instead of the file's price"],
		["--class <n>", "another hardware class than the file's"],
		["--node <address>", "as if only this node might claim it"],
	],
	run: async (context, [path = ""], options) => {
		const file = override(await readJobFile(context, path), options, context.cwd);
		const profile = findProfile({ wanted: context.options.profile, cwd: context.cwd, env: context.env });
		const chain = await unlessAway(() => askChain(context, file));
		const indexer = await unlessAway(() => askIndexer(profile, file, "order" in chain ? chain : undefined, context));
		if ("absent" in chain && "absent" in indexer) throw chain.absent;
		for (const part of [chain, indexer]) if ("absent" in part) context.out.warn(part.absent.shortMessage);
		context.out.answer(
			{
				order: "order" in chain ? chain.order : "order" in indexer ? indexer.order : null,
				mostYouCanLose: "order" in chain ? chain.mostYouCanLose : null,
				activeNodes: "order" in chain ? chain.activeNodes : null,
				indexer: "order" in indexer ? indexer.answer : null,
			},
			[
				...("order" in chain ? chainLines(chain) : []),
				...("order" in indexer ? quoteAnswerLines(indexer.answer, indexer.order, indexer.asset) : []),
			],
		);
	},
};

async function askChain(context: Context, file: JobFile): Promise<FromChain> {
	const session = await openSession(context);
	const consumer = session.client.account?.address ?? zeroAddress;
	const { order, active } = await draftFromChain(session.client, {
		section: file.order,
		work: standIn(file),
		consumer,
		decimals: session.asset.decimals,
	});
	return { order, asset: session.asset, mostYouCanLose: orderEscrow(order), activeNodes: active };
}

/** Where the chain is away, the indexer's copy of the parameters must do: nothing is signed by it. */
async function askIndexer(
	{ indexer }: Profile,
	file: JobFile,
	chain: FromChain | undefined,
	{ signal }: Context,
): Promise<FromIndexer> {
	if (!indexer) throw new NoIndexerError();
	const gateway = createGatewayClient({ ...indexer, signal });
	const asset = chain?.asset ?? (await gateway.asset());
	const order = chain?.order ?? (await draftFromIndexer(indexer.url, file, asset, signal));
	const { image, inputs, template } = file;
	const images = image.kind === "cid" ? [image.cid] : image.kind === "registry" ? [image.reference] : [];
	const contents = inputs.flatMap(({ from }) => (from.kind === "cid" ? [from.cid] : []));
	return { order, asset, answer: await gateway.quote(quoteRequestOf(order, template, { images, contents })) };
}

async function draftFromIndexer(url: string, file: JobFile, asset: AssetUnit, signal: AbortSignal): Promise<Order> {
	const { parameters } = await createIndexerClient({ url, signal }).market();
	return draftOrder({
		consumer: zeroAddress,
		choices: orderChoices(file.order, asset.decimals),
		work: standIn(file),
		params: { feeBps: Number(parameters["feeBps"] ?? 0n), minBondBps: Number(parameters["minBondBps"] ?? 0n) },
		now: Math.floor(Date.now() / 1000),
	});
}

class NoIndexerError extends DepinError {
	override readonly code = "indexer-missing";
	override readonly retriable = true;
	constructor() {
		super("the profile names no indexer: who could take the order now is not known");
	}
}

/** Works with what is there: only what waiting cannot mend ends the command. */
async function unlessAway<T>(ask: () => Promise<T>): Promise<T | Absent> {
	try {
		return await ask();
	} catch (error) {
		const ofIndexer = error instanceof DepinError && error.code.startsWith("indexer-");
		if (error instanceof DepinError && (error.retriable || ofIndexer)) return { absent: error };
		throw error;
	}
}

function chainLines({ order, asset, mostYouCanLose, activeNodes }: FromChain): string[] {
	return [
		`at most    ${formatAsset(mostYouCanLose, asset)}: held when posted, and the most you can lose`,
		`active     ${activeNodes} node(s) in class ${order.class}, says the chain`,
	];
}
