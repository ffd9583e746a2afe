import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createMarketClient, formatAsset } from "depin";
import { getAsset, getNode } from "depin/actions";
import type { Hex } from "viem";
import type { Engine } from "../engine/ensure.ts";
import { SetupFailure } from "../setup/failure.js";
import { depin } from "./cli.ts";
import type { Devnet } from "./devnet.ts";
import type { StartReport, SummaryParts } from "./summary.ts";
import { followOrder, type Step, type StepName, type Timeline } from "./timeline.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const EXAMPLE = "examples/digits/job.yaml";
/** A minute of training on two free cores; a busy machine may need ten times that. */
const ORDER_TIMEOUT_MS = 15 * 60_000;

export interface OrderOptions {
	engine: Engine;
	/** The result lands below it. */
	stateDir: string;
	say: (line: string) => void;
	/** Told as soon as the order is on chain. */
	onPosted: (orderId: Hex) => void;
	signal: AbortSignal;
	/** When the person's command began, when the set-up was ready, and when the devnet was; milliseconds. */
	began: { command: number; devnet: number; order: number };
}

/** Posts the example through the same command a person types, follows it, checks the result, accepts and pays. */
export async function runExample(devnet: Devnet, options: OrderOptions): Promise<SummaryParts> {
	const { engine, say, signal } = options;
	const watch = new AbortController();
	const client = createMarketClient({ ...devnet.deployment, rpcUrl: devnet.rpcUrl, pollingIntervalMs: 100 });
	const timeline = followOrder(client, {
		consumer: devnet.accounts.consumer.address,
		docker: engine.docker,
		onStep: (step) => {
			say(described(step));
			if (step.name === "post" && timeline.orderId !== undefined) options.onPosted(timeline.orderId);
		},
		signal: AbortSignal.any([signal, watch.signal]),
	});
	const resultDir = join(options.stateDir, "result");
	rmSync(resultDir, { recursive: true, force: true });
	const command = { profilePath: devnet.profilePath, cwd: ROOT, say: (line: string) => say(`  ${line}`), signal };
	try {
		const run = await depin(["run", EXAMPLE, "--wait", "--out", resultDir], {
			...command,
			timeoutMs: ORDER_TIMEOUT_MS,
		});
		if (timeline.orderId === undefined) throw refused(run.answer);
		const jobId = `${timeline.orderId}/0`;
		const verify = await depin(["verify", jobId], { ...command, timeoutMs: 120_000 });
		const accept = await depin(["accept", jobId], { ...command, timeoutMs: 60_000 });
		if (accept.code === 0) await timeline.settled;
		const text = (name: string) => (typeof run.answer[name] === "string" ? run.answer[name] : "");
		const report: StartReport = {
			paid: timeline.paid !== undefined && timeline.paid.pay > 0n,
			verified: run.code === 0 && verify.code === 0,
			orderId: timeline.orderId,
			jobId,
			resultCid: text("resultCid"),
			statementCid: text("statementCid"),
			seconds: durations(timeline.steps, options.began),
			gas: Object.fromEntries(
				timeline.steps.filter(({ gas }) => gas !== undefined).map(({ name, gas }) => [name, gas]),
			),
			metrics: metricsIn(text("path")),
		};
		return {
			report,
			steps: timeline.steps,
			paid: await payment(client, timeline),
			resultPath: text("path") || undefined,
		};
	} finally {
		watch.abort();
	}
}

function described({ name, tx, gas, note }: Step): string {
	const what: Record<StepName, string> = {
		post: "order posted",
		claim: "job claimed",
		containerStart: "container started",
		submit: "result submitted",
		settle: "provider paid, for the job run",
	};
	const cost = tx === undefined ? "" : ` (transaction ${tx}, ${gas?.toLocaleString("en")} gas)`;
	return [what[name], note].filter(Boolean).join(" ") + cost;
}

function refused(answer: Record<string, unknown>): SetupFailure {
	const { error } = answer;
	const reason =
		typeof error === "object" && error !== null && "message" in error ? String(error.message) : "no reason given";
	return new SetupFailure(`the example order was not posted, ${reason}`, "the lines above say more");
}

/** Seconds from each step to the next; a step that did not happen took none. */
function durations(steps: readonly Step[], began: OrderOptions["began"]): StartReport["seconds"] {
	const at = (name: StepName) => steps.find((step) => step.name === name)?.at;
	const seconds = (from: number | undefined, to: number | undefined) =>
		from === undefined || to === undefined ? 0 : Math.round(to - from) / 1000;
	return {
		setup: seconds(began.command, began.devnet),
		devnet: seconds(began.devnet, began.order),
		post: seconds(began.order, at("post")),
		claim: seconds(at("post"), at("claim")),
		containerStart: seconds(at("claim"), at("containerStart")),
		submit: seconds(at("containerStart"), at("submit")),
		settle: seconds(at("submit"), at("settle")),
		total: seconds(began.command, at("settle") ?? Date.now()),
	};
}

function metricsIn(resultPath: string): Record<string, unknown> {
	const path = join(resultPath, "metrics.json");
	return resultPath !== "" && existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

async function payment(
	client: ReturnType<typeof createMarketClient>,
	{ paid }: Timeline,
): Promise<SummaryParts["paid"]> {
	if (paid === undefined) return undefined;
	const asset = await getAsset(client);
	const { owner } = await getNode(client, { node: paid.node });
	const amount = (value: bigint) => formatAsset(value, asset);
	const { pay, fee, refund, node } = paid;
	return { pay: amount(pay), fee: amount(fee), refund: amount(refund), node, owner };
}
