import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { stringify } from "yaml";
import { postOrder } from "../../actions/postOrder.ts";
import { isLocalChain } from "../../chain/client.ts";
import { formatJobRef } from "../../chain/jobRef.ts";
import { SpecInvalidError } from "../../jobs/errors.ts";
import type { JobFile } from "../../jobs/jobFile.ts";
import type { CommandModule } from "../commandModule.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { whyCheatingPays } from "../deterrence.ts";
import { UsageError } from "../errors.ts";
import { collectEnv, collectInput, type Overrides, override } from "../overrides.ts";
import { type Quote, quoteLines, quoteOrder } from "../quote.ts";
import { readJobFile, standIn } from "../readJobFile.ts";
import { type ResolvedJob, resolveForOrder } from "../resolve.ts";
import { openSession, type Session } from "../session.ts";
import { whileSent } from "../transact.ts";
import { type Posted, waitForOrder } from "../waitForOrder.ts";

type Options = Overrides & { wait?: boolean; timeout?: number; accept?: boolean; out?: string };

export const run: CommandModule<Options> = {
	usage: "run <job.yaml>",
	summary: "check a job file, upload what it names, post it as an order; with --wait also check, fetch and pay",
	examples: [
		"depin run examples/digits/job.yaml --wait",
		"depin run job.yaml --env SEED=2 --price 0.80 --wait --timeout 900",
		"depin run examples/infer/job.yaml --input weights=job:0x5c…e1/0/outputs/weights.safetensors --wait",
		"depin run job.yaml --replicas 3 --quorum 2",
		"depin run job.yaml --dry-run",
	],
	options: [
		["-e, --env <NAME=value>", "set a variable of the job; may be given again", collectEnv],
		[
			"-i, --input <NAME=source>",
			"take /inputs/NAME from a path, a CID or job:<orderId>/<n>/outputs/<path>; may be given again",
			collectInput,
		],
		["--price <amount>", "pay this for a job, instead of the file's price"],
		["--class <n>", "another hardware class than the file's"],
		["--node <address>", "only this node may claim it"],
		["--replicas <n>", "have n nodes of different owners run each lot, 1 to 7; needs match: exact"],
		["--quorum <n>", "so many of them must agree (default: more than half)"],
		["-w, --wait", "stay until the jobs have results, then check, fetch and accept them"],
		["--no-accept", "with --wait: leave the payment to the window or to `depin accept`"],
		["--out <folder>", "with --wait: where the outputs go (default: ./depin-results/<short id>/<n>)"],
	],
	writes: true,
	waits: true,
	run: async (context, [path = ""], options) => {
		const file = override(await readJobFile(context, path), options, context.cwd);
		refuseUnequal(file);
		refuseTaken(context, options.out);
		const session = await openSession(context);
		// Before anything is built or uploaded: can this account pay for it at all?
		const expected = await quoteOrder(session, file, standIn(file));
		if (context.options.dryRun) return dryRun(context, session, file, expected);
		const job = await resolveForOrder(context, session, file);
		const quote = await quoteOrder(session, file, job.work);
		for (const line of stringify(job.bundle.manifest.spec).trimEnd().split("\n")) context.out.progress(`  ${line}`);
		for (const line of quoteLines(session, quote)) context.out.progress(line);
		const doubts = await whyCheatingPays(session, quote.order, file.template.match);
		for (const line of quote.warnings) context.out.warn(line);
		// At home nothing is at stake, and a warning at each run teaches to pass warnings over.
		const { warn, progress } = context.out;
		for (const line of doubts) (isLocalChain(session.profile.chainId) ? progress : warn)(line);
		await confirm(context, session.profile.chainId, `Post it and set ${session.amount(quote.escrow)} aside?`);
		const posted = await post(context, session, { job, quote });
		if (options.wait) return waitForOrder(context, session, posted, { ...options, accept: options.accept !== false });
		const refs = posted.jobs.map((number) => formatJobRef({ orderId: posted.orderId, job: number }));
		context.out.answer({ ...posted.answer, jobs: refs.map((job) => ({ job, state: "open" })) }, [posted.orderId]);
		context.out.progress(`follow it with: depin status ${posted.orderId}`);
	},
};

/** Replicas agree by the root of their results, so honest ones must get the same bytes. */
function refuseUnequal({ order: { replicas = 1, quorum }, template: { match } }: JobFile): void {
	const problems = [
		...(replicas > 1 && match !== "exact"
			? [{ field: "match", problem: `must be exact beside ${replicas} replicas: they agree to the byte or not at all` }]
			: []),
		...(quorum !== undefined && (2 * quorum <= replicas || quorum > replicas)
			? [
					{
						field: "order.quorum",
						problem: `must be more than half of the ${replicas} replica(s), and no more than all`,
					},
				]
			: []),
	];
	if (problems.length > 0) throw new SpecInvalidError("The job file", problems);
}

/** What lies there would be taken for the job's outputs, and its node for a liar. */
function refuseTaken({ cwd }: Context, out: string | undefined): void {
	if (out === undefined || !existsSync(resolve(cwd, out))) return;
	throw new UsageError(`${resolve(cwd, out)} is there already`, { hint: "Name a folder with --out that is not." });
}

function dryRun({ out }: Context, session: Session, file: JobFile, quote: Quote): void {
	const { order, escrow, deposit, activeNodes, warnings } = quote;
	const { image, inputs, template, parameters, tasksPerLot } = file;
	out.answer(
		{
			dryRun: true,
			spec: { ...template, image, inputs: inputs.map(({ path, from }) => ({ path, from })) },
			tasks: parameters.length,
			tasksPerLot,
			order,
			mostYouCanLose: escrow,
			deposit,
			activeNodes,
			warnings,
		},
		[...quoteLines(session, quote), ...warnings, "nothing was built, uploaded or posted"],
	);
}

async function post(
	context: Context,
	{ client, asset }: Session,
	{ job, quote }: { job: ResolvedJob; quote: Quote },
): Promise<Posted> {
	const { order, escrow, deposit } = quote;
	const { out } = context;
	const { orderId, hash, receipt } = await whileSent(context, (onSent) =>
		postOrder(client, {
			order,
			uri: job.uri,
			onSent: (hash) => {
				out.progress(`posting, sent ${hash}`);
				onSent(hash);
			},
		}),
	);
	const { spec, parameters } = job.bundle.manifest;
	out.progress(`order ${orderId} is posted`);
	return {
		orderId,
		order,
		fromBlock: receipt.blockNumber,
		jobs: Array.from({ length: order.lots * order.replicas }, (_, number) => number),
		answer: {
			orderId,
			tx: hash,
			gas: Number(receipt.gasUsed),
			uri: job.uri,
			manifestCid: job.bundle.cid,
			spec,
			tasks: parameters.length,
			asset: { address: asset.address, symbol: asset.symbol, decimals: asset.decimals },
			mostYouCanLose: escrow,
			deposited: deposit,
		},
	};
}
