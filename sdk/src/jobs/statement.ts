import { type Address, getAddress, type Hex } from "viem";
import type { JobRef } from "../chain/jobRef.ts";
import type { Deployment } from "../chain/typedData.ts";
import { digestOfCid, parseCid } from "../storage/block.ts";
import { UNIXFS_PROFILE } from "../storage/unixfs.ts";
import { canonicalBytes } from "./canonicalJson.ts";
import type { EgressUse } from "./egress.ts";
import type { Bundle } from "./manifest.ts";
import { explainReason, type Reason } from "./reasons.ts";
import { jobOutcome } from "./resultTree.ts";
import type { JobSpec } from "./spec.ts";
import { BUILD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE, type Statement, type StatementTask } from "./statementSchema.ts";

/** The most bytes an envelope may have: it is one block. */
export const MAX_STATEMENT_BYTES = 1024 * 1024;
/** Files named one by one; beyond that the outputs' root stands for them. */
const MAX_SUBJECTS = 1000;

/** What a node knows of one task it ran, or could not run. */
export type TaskReport = {
	/** Counts over the whole order. */
	index: number;
	reason: Reason;
	exitCode: number;
	oomKilled: boolean;
	/** Container seconds. */
	seconds: number;
	/** The isolation it really ran under; absent when no container ran. */
	tier?: JobSpec["tier"] | undefined;
	/** `path` relative to /outputs, `sha256` of the file's bytes as 0x… hex. */
	outputs: { cid: string; files: readonly { path: string; sha256: Hex; cid: string }[] };
	logs?: { cid: string; truncated: boolean } | undefined;
	/** What it moved over the network; absent when it had none. */
	egress?: EgressUse | undefined;
};

export type StatementParameters = JobRef & {
	deployment: Deployment;
	node: Address;
	bundle: Pick<Bundle, "manifest" | "cid" | "tasks">;
	/** One report a task of the job's lot. */
	tasks: readonly TaskReport[];
	/** CID of the job's outputs: the task's own for lots of one, else the directory of all. */
	outputsCid: string;
	/** Unix seconds, chain time. */
	startedAt: number;
	finishedAt: number;
	/** Container seconds of all tasks that are billed. */
	billed: number;
	/** What the node says of its machine: model names, versions, salted hashes. */
	hardware: Statement["predicate"]["runDetails"]["depin"]["hardware"];
	/** Gateway base URLs where outputs and logs are. */
	sources: readonly string[];
};

/** The statement of a job's outcome, ready to sign. */
export function buildStatement(parameters: StatementParameters): Statement {
	const { deployment, orderId, job, node, bundle, startedAt, finishedAt } = parameters;
	const tasks = parameters.tasks.toSorted((one, two) => one.index - two.index);
	const { spec } = bundle.manifest;
	const statement: Statement = {
		_type: STATEMENT_TYPE,
		subject: subjectsOf(tasks, parameters.outputsCid),
		predicateType: PREDICATE_TYPE,
		predicate: {
			buildDefinition: {
				buildType: BUILD_TYPE,
				externalParameters: {
					chainId: deployment.chainId,
					market: getAddress(deployment.market),
					orderId,
					job,
					manifestCid: bundle.cid,
					tasks: tasks.map(({ index }) => ({ index, specDigest: taskOf(bundle, index).specDigest })),
				},
				internalParameters: {
					tier: tierOfRun(tasks, spec),
					match: spec.match,
					network: spec.network,
					profile: UNIXFS_PROFILE,
				},
				resolvedDependencies: dependenciesOf(spec),
			},
			runDetails: {
				builder: { id: builderId(deployment, node) },
				metadata: {
					invocationId: invocationId(deployment, { orderId, job }),
					startedOn: isoTime(startedAt),
					finishedOn: isoTime(finishedAt),
				},
				byproducts: byproductsOf(tasks, parameters.outputsCid),
				depin: {
					outcome: outcomeOf(parameters),
					tasks: tasks.map((task) => statementTask(task, bundle)),
					hardware: parameters.hardware,
					sources: [...parameters.sources],
				},
			},
		},
	};
	// Base64 makes 4 bytes of 3, and the envelope adds a signature. Long file lists give way to their root.
	const fits = canonicalBytes(statement).byteLength * (4 / 3) + 1024 <= MAX_STATEMENT_BYTES;
	return fits ? statement : { ...statement, subject: [rootSubject(parameters.outputsCid)] };
}

/** The weakest that any task ran under; the one ordered when none ran. */
function tierOfRun(tasks: readonly TaskReport[], spec: JobSpec): 0 | 1 | 2 {
	const levels = tasks.flatMap(({ tier }) => (tier ? [tierLevel({ tier })] : []));
	return levels.toSorted()[0] ?? tierLevel(spec);
}

/** A tier's level, as statements carry it. */
export function tierLevel({ tier }: Pick<JobSpec, "tier">): 0 | 1 | 2 {
	return tier === "container" ? 0 : tier === "sandbox" ? 1 : 2;
}

/** The node's key as a DID. */
export function builderId({ chainId }: Deployment, node: Address): string {
	return `did:pkh:eip155:${chainId}:${getAddress(node)}`;
}

/** The one run of one job. */
export function invocationId({ chainId, market }: Deployment, { orderId, job }: JobRef): string {
	return `eip155:${chainId}:${getAddress(market)}/${orderId}/${job}`;
}

export function isoTime(unixSeconds: number): string {
	return new Date(unixSeconds * 1000).toISOString();
}

type Descriptor = Statement["subject"][number];

/** What a spec names from outside, by digest: its image and inputs. */
export function dependenciesOf({ image, inputs }: JobSpec): Descriptor[] {
	const [repository, digest] = image.split("@sha256:");
	const imageDescriptor =
		digest === undefined
			? contentDescriptor("image", image)
			: { name: "image", uri: `oci://${repository}`, digest: { sha256: digest } };
	return [imageDescriptor, ...inputs.map(({ path, cid }) => contentDescriptor(path, cid))];
}

/** The output files of all tasks, each by its bytes' sha256; the root when there are none or too many. */
export function subjectsOf(tasks: readonly Pick<TaskReport, "index" | "outputs">[], outputsCid: string): Descriptor[] {
	const several = tasks.length > 1;
	const files = tasks.flatMap(({ index, outputs }) =>
		outputs.files.map(({ path, sha256, cid }) => ({
			name: several ? `${index}/${path}` : path,
			uri: `ipfs://${cid}`,
			digest: { sha256: sha256.slice(2) },
		})),
	);
	return files.length === 0 || files.length > MAX_SUBJECTS ? [rootSubject(outputsCid)] : files;
}

function rootSubject(outputsCid: string): Descriptor {
	return contentDescriptor("outputs", outputsCid);
}

function byproductsOf(tasks: readonly TaskReport[], outputsCid: string): Descriptor[] {
	const logs = tasks.flatMap(({ index, logs }) => (logs ? [contentDescriptor(`logs/${index}`, logs.cid)] : []));
	return [contentDescriptor("outputs", outputsCid), ...logs];
}

/** Content by its root: the digest is of the root block, which is the bytes themselves only for a raw CID. */
function contentDescriptor(name: string, cid: string): Descriptor {
	return { name, uri: `ipfs://${cid}`, digest: { sha256: digestOfCid(parseCid(cid)).slice(2) } };
}

function outcomeOf({ tasks, billed, startedAt, finishedAt }: StatementParameters) {
	const { status, reason, exitCode } = jobOutcome(tasks);
	const oomKilled = tasks.some((task) => task.oomKilled);
	return { status, reason, step: explainReason(reason).step, exitCode, oomKilled, billed, startedAt, finishedAt };
}

function statementTask(task: TaskReport, bundle: Pick<Bundle, "tasks">): StatementTask {
	return {
		index: task.index,
		taskLeaf: taskOf(bundle, task.index).leaf,
		outputDigest: digestOfCid(parseCid(task.outputs.cid)),
		outputsCid: task.outputs.cid,
		status: explainReason(task.reason).status,
		exitCode: task.exitCode,
		reason: task.reason,
		seconds: task.seconds,
		...(task.logs && { logsCid: task.logs.cid }),
		logsTruncated: task.logs?.truncated ?? false,
		...(task.egress && { egress: task.egress }),
	};
}

function taskOf(bundle: Pick<Bundle, "tasks">, index: number) {
	const task = bundle.tasks[index];
	if (task === undefined) throw new RangeError(`the order has no task ${index}`);
	return task;
}
