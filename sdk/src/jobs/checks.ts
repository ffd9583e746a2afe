import { isAddressEqual } from "viem";
import { payOf } from "../chain/pricing.ts";
import { resultDigest } from "../chain/result.ts";
import { orderId as hashOrder, jobCount, lotOf } from "../chain/terms.ts";
import { shortMessageOf } from "../errors/base.ts";
import { cidOfDigest, DAG_PB, digestOfCid, parseCid, RAW, rawBlock } from "../storage/block.ts";
import { decodeUri } from "../storage/sources.ts";
import { UNIXFS_PROFILE } from "../storage/unixfs.ts";
import { CheckFailed, demand, demandSame } from "./checkFailed.ts";
import type { Evidence } from "./evidence.ts";
import { tasksOfLot } from "./manifest.ts";
import { explainReason } from "./reasons.ts";
import { jobOutcome, resultRoot } from "./resultTree.ts";
import { builderId, dependenciesOf, invocationId, isoTime, subjectsOf, tierLevel } from "./statement.ts";
import type { Statement } from "./statementSchema.ts";
import type { CheckName, JobFacts } from "./verify.ts";

const details = (statement: Statement) => statement.predicate.runDetails.depin;

/** Each returns what it found, or throws what is wrong. */
export const checks: Record<CheckName, (facts: JobFacts, evidence: Evidence) => string> = {
	"order-id"({ deployment, order, orderId }) {
		const found = hashOrder(deployment, order);
		demand(found === orderId, `the terms hash to ${found}, not to ${orderId}`);
		return `the terms hash to ${orderId}`;
	},

	claim({ order, job, postedAt, claimed, submitted }) {
		demand(job >= 0 && job < jobCount(order), `the order has ${jobCount(order)} jobs, none of number ${job}`);
		demand(isAddressEqual(claimed.node, submitted.node), `${claimed.node} claimed it, ${submitted.node} submitted it`);
		const delay = claimed.at - postedAt;
		demand(delay === claimed.claimDelay, `claimed ${delay} s after posting, priced for ${claimed.claimDelay} s`);
		return `claimed and submitted by ${submitted.node}`;
	},

	manifest({ order, uri }, evidence) {
		const { cid } = rawBlock(evidence.manifestBytes());
		demand(digestOfCid(cid) === order.manifest, `its sha2-256 is ${digestOfCid(cid)}, the terms say ${order.manifest}`);
		const named = readUri(uri);
		demand(named === cid.toString(), `the order's uri names ${named}, the terms ${cid}`);
		return cid.toString();
	},

	"task-root"({ order }, evidence) {
		const { taskRoot, lots, manifest, tasks } = evidence.bundle();
		demand(lots === order.lots, `the manifest has ${lots} lots, the terms ${order.lots}`);
		const { tasksPerLot } = manifest;
		demand(
			tasksPerLot === order.tasksPerLot,
			`the manifest has ${tasksPerLot} tasks a lot, the terms ${order.tasksPerLot}`,
		);
		demand(taskRoot === order.taskRoot, `its specs give ${taskRoot}, the terms say ${order.taskRoot}`);
		return `${tasks.length} ${tasks.length === 1 ? "spec gives" : "specs give"} ${taskRoot}`;
	},

	"result-digest"({ deployment, orderId, job, submitted }) {
		const { node, result, digest } = submitted;
		const found = resultDigest(deployment, { orderId, job, node, result });
		demand(found === digest, `the result hashes to ${found}, the chain has ${digest}`);
		return digest;
	},

	"statement-hash"({ submitted }, evidence) {
		const { cid } = rawBlock(evidence.envelopeBytes());
		const { statementHash } = submitted.result;
		demand(digestOfCid(cid) === statementHash, `its sha2-256 is ${digestOfCid(cid)}, the chain has ${statementHash}`);
		return cid.toString();
	},

	"statement-signature"({ submitted }, evidence) {
		const signer = evidence.signer();
		demand(isAddressEqual(signer, submitted.node), `it is signed by ${signer}, not by the node ${submitted.node}`);
		return `signed by ${signer}`;
	},

	"statement-order"({ deployment, orderId, job, order, submitted }, evidence) {
		const { buildDefinition, runDetails } = evidence.statement().predicate;
		const { chainId, market, orderId: named, job: number, manifestCid } = buildDefinition.externalParameters;
		demand(chainId === deployment.chainId, `it is of chain ${chainId}`);
		demand(isAddressEqual(market, deployment.market), `it is of the market ${market}`);
		demand(named === orderId && number === job, `it is of job ${named}/${number}`);
		demandSame("its manifest", manifestCid, cidOfDigest(RAW, order.manifest).toString());
		demandSame("its builder", runDetails.builder.id, builderId(deployment, submitted.node));
		demandSame("its invocation", runDetails.metadata.invocationId, invocationId(deployment, { orderId, job }));
		return invocationId(deployment, { orderId, job });
	},

	"statement-tasks"({ order, job }, evidence) {
		const statement = evidence.statement();
		const tasks = tasksOfLot(evidence.bundle(), lotOf(order, job));
		const { externalParameters } = statement.predicate.buildDefinition;
		const specs = tasks.map(({ index, specDigest }) => ({ index, specDigest }));
		demandSame("its list of tasks", externalParameters.tasks, specs);
		const leaves = details(statement).tasks.map(({ index, taskLeaf }) => ({ index, leaf: taskLeaf }));
		demandSame(
			"its task leaves",
			leaves,
			tasks.map(({ index, leaf }) => ({ index, leaf })),
		);
		return `${tasks.length} ${tasks.length === 1 ? "task" : "tasks"} of the order`;
	},

	"statement-spec"(_facts, evidence) {
		const { internalParameters, resolvedDependencies } = evidence.statement().predicate.buildDefinition;
		const { spec } = evidence.bundle().manifest;
		const { tier, match, network, profile } = internalParameters;
		demand(tier >= tierLevel(spec), `it ran in isolation tier ${tier}, the spec asks for ${tierLevel(spec)}`);
		demandSame("its match mode", match, spec.match);
		demandSame("its network policy", network, spec.network);
		demandSame("its UnixFS profile", profile, UNIXFS_PROFILE);
		demandSame("its dependencies", resolvedDependencies, dependenciesOf(spec));
		for (const { index, egress } of details(evidence.statement()).tasks)
			demand(!egress || spec.network !== "none", `task ${index} was on a network, the spec asks for none`);
		return `tier ${tier}, image and ${spec.inputs.length} inputs as ordered`;
	},

	"result-root"({ submitted }, evidence) {
		const tasks = details(evidence.statement()).tasks;
		const found = resultRoot(tasks);
		const { resultRoot: expected } = submitted.result;
		demand(found === expected, `its tasks give ${found}, the chain has ${expected}`);
		return found;
	},

	outputs({ submitted }, evidence) {
		const root = cidOfDigest(DAG_PB, submitted.result.outputsDigest).toString();
		const { cid } = evidence.outputs();
		demand(cid === root, `what was fetched is ${cid}, the chain has ${root}`);
		const named = evidence.statement().predicate.runDetails.byproducts.find(({ name }) => name === "outputs");
		demandSame("the statement's outputs", named?.uri ?? "missing", `ipfs://${root}`);
		return root;
	},

	"task-outputs"(_facts, evidence) {
		const read = new Map(evidence.outputs().tasks.map(({ index, cid }) => [index, cid]));
		const tasks = details(evidence.statement()).tasks;
		for (const { index, outputsCid, outputDigest } of tasks) {
			demand(
				read.get(index) === outputsCid,
				`task ${index} left ${read.get(index) ?? "nothing"}, its statement says ${outputsCid}`,
			);
			demandSame(`the output digest of task ${index}`, outputDigest, digestOfCid(parseCid(outputsCid)));
		}
		demand(read.size === tasks.length, `there are outputs of ${read.size} tasks, the statement has ${tasks.length}`);
		return `${tasks.length} as stated`;
	},

	subjects(_facts, evidence) {
		const { cid, tasks } = evidence.outputs();
		const { subject } = evidence.statement();
		const files = tasks.map(({ index, files }) => ({ index, outputs: { cid, files } }));
		const byFile = subjectsOf(files, cid);
		// A statement may name the root alone, for then it names every file through it.
		const byRoot = subjectsOf([], cid);
		const expected = subject.length === 1 && subject[0]?.uri === byRoot[0]?.uri ? byRoot : byFile;
		demandSame("its list of subjects", subject, expected);
		return `${subject.length} by sha256`;
	},

	logs(_facts, evidence) {
		const statement = evidence.statement();
		const read = evidence.logs();
		const named = statement.predicate.runDetails.byproducts.filter(({ name }) => name.startsWith("logs/"));
		const stated = details(statement).tasks.flatMap(({ index, logsCid }) => (logsCid ? [{ index, logsCid }] : []));
		for (const { index, logsCid } of stated)
			demand(
				read.get(index) === logsCid,
				`the log of task ${index} is ${read.get(index) ?? "missing"}, stated ${logsCid}`,
			);
		const uris = stated.map(({ index, logsCid }) => ({
			name: `logs/${index}`,
			uri: `ipfs://${logsCid}`,
			digest: { sha256: digestOfCid(parseCid(logsCid)).slice(2) },
		}));
		demandSame("its list of logs", named, uris);
		return `${stated.length} as stated`;
	},

	outcome({ submitted }, evidence) {
		const { status, exitCode, startedAt, finishedAt, billed } = submitted.result;
		const stated = details(evidence.statement()).outcome;
		const { status: s, exitCode: e, startedAt: from, finishedAt: to, billed: seconds } = stated;
		const found = { status: s, exitCode: e, startedAt: from, finishedAt: to, billed: seconds };
		demandSame("its outcome", found, { status, exitCode, startedAt, finishedAt, billed });
		return `status ${status}, exit code ${exitCode}, ${billed} s billed`;
	},

	reasons(_facts, evidence) {
		const { outcome, tasks } = details(evidence.statement());
		for (const { index, reason, status, exitCode } of tasks) {
			demand(explainReason(reason).status === status, `task ${index} has status ${status} for ${reason}`);
			demand(reason !== "ok" || exitCode === 0, `task ${index} is ok with exit code ${exitCode}`);
		}
		const { status, reason, exitCode } = jobOutcome(tasks);
		demandSame(
			"its reason",
			{ status: outcome.status, reason: outcome.reason, exitCode: outcome.exitCode },
			{ status, reason, exitCode },
		);
		demandSame("its step", outcome.step, explainReason(reason).step);
		return `${reason}: ${explainReason(reason).text}`;
	},

	times({ order, claimed, submitted }, evidence) {
		const { startedAt, finishedAt, billed } = submitted.result;
		const times = [claimed.at, startedAt, finishedAt, submitted.at, claimed.deadline];
		const inOrder = times.every((time, index) => time >= (times[index - 1] ?? 0));
		demand(inOrder, `claimed, started, finished, submitted, deadline are out of order: ${times.join(", ")}`);
		demand(
			billed <= Math.min(submitted.at - claimed.at, order.maxRun),
			`${billed} s are billed of ${submitted.at - claimed.at}`,
		);
		demand(
			billed <= finishedAt - startedAt,
			`${billed} s are billed, start and end are ${finishedAt - startedAt} s apart`,
		);
		const statement = evidence.statement();
		const ran = details(statement).tasks.reduce((sum, { seconds }) => sum + seconds, 0);
		demand(billed <= ran, `${billed} s are billed, its tasks ran ${ran} s`);
		const { startedOn, finishedOn } = statement.predicate.runDetails.metadata;
		demandSame("its start and end", [startedOn, finishedOn], [isoTime(startedAt), isoTime(finishedAt)]);
		return `${startedOn} to ${finishedOn}, ${billed} s billed`;
	},

	pay({ order, claimed, submitted }) {
		const expected = payOf(order, claimed.claimDelay, submitted.result);
		demand(submitted.pay === expected, `the terms give ${expected}, the chain has ${submitted.pay}`);
		return `${expected} base units`;
	},
};

function readUri(uri: string): string {
	try {
		return decodeUri(uri).cid;
	} catch (error) {
		throw new CheckFailed(shortMessageOf(error));
	}
}
