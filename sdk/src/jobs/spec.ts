import { z } from "zod";
import { type Hex32, parseCid, sha256, toHex } from "../storage/block.ts";
import { refuseName } from "../storage/names.ts";
import { canonicalBytes } from "./canonicalJson.ts";
import { network } from "./egress.ts";
import { SpecInvalidError } from "./errors.ts";
import { must, problemsOf, strict } from "./problems.ts";

const MAX_SPEC_BYTES = 128 * 1024;
const MAX_TIMEOUT = 604_800; // 7 d: the Market takes no longer run

/** `<repository>@sha256:<digest>`, without a tag: a tag can be moved after the consumer signed. */
export const IMAGE_BY_DIGEST =
	/^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*@sha256:[0-9a-f]{64}$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Names the node sets itself, or that would reach into its runtime. */
const ENV_RESERVED = /^(LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH|NVIDIA_.*|DOCKER_.*|DEPIN_.*)$/;

function integer(least: number, most: number, unit: string) {
	const be = must(`a whole number from ${least} to ${most}${unit === "" ? "" : ` (${unit})`}`);
	return z.int(be).min(least, be).max(most, be);
}

/** Text that survives JSON, argv and environment: no NUL, no broken Unicode. */
function text(most: number, be: string) {
	return z
		.string(must(be))
		.max(most, `must have at most ${most} characters`)
		.refine((value) => !value.includes("\0") && value.isWellFormed(), "must not contain NUL or broken Unicode");
}

const words = z
	.array(text(32_768, "a text"), must("a list of texts"))
	.min(1, "must have at least one word")
	.max(256, "must have at most 256 words");

const cid = z.string(must("a CID")).superRefine((value, context) => {
	const problem = refuseCidText(value);
	if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

function refuseCidText(value: string): string | undefined {
	try {
		parseCid(value);
		return undefined;
	} catch {
		return "must be a CID: CIDv1, sha2-256, codec raw or dag-pb, in base32 (bafkrei… or bafybei…)";
	}
}

const image = z
	.string(must("the CID of an image archive, or <repository>@sha256:<64 hex digits>"))
	.refine(
		(value) => IMAGE_BY_DIGEST.test(value) || refuseCidText(value) === undefined,
		"must be the CID of an image archive, or <repository>@sha256:<64 hex digits> without a tag",
	);

/** A map of environment variables, as a spec and each parameter set of a batch carry it. */
export const env = z
	.record(z.string(), text(32_768, 'a text in quotes, for example "1"'), must("a map of NAME to text"))
	.superRefine((variables, context) => {
		for (const name of Object.keys(variables)) {
			if (!ENV_NAME.test(name))
				context.addIssue({
					code: "custom",
					path: [name],
					message: "is not a variable name: letters, digits and _ only",
				});
			if (ENV_RESERVED.test(name))
				context.addIssue({
					code: "custom",
					path: [name],
					message:
						"is reserved: LD_PRELOAD, LD_AUDIT, LD_LIBRARY_PATH, NVIDIA_*, DOCKER_* and DEPIN_* belong to the node",
				});
		}
		if (Object.keys(variables).length > 256)
			context.addIssue({ code: "custom", message: "must have at most 256 variables" });
	});

/** Where an input is mounted. */
export const inputPath = z.string(must("/inputs/<name>")).refine((path) => {
	const name = path.slice("/inputs/".length);
	return path.startsWith("/inputs/") && refuseName(name) === undefined && name.length <= 128;
}, "must be /inputs/<name> with one plain name");

const workdir = text(1024, "an absolute path").refine(
	(path) => path.startsWith("/") && !path.split("/").includes("..") && !/^\/+(proc|sys)(\/|$)/.test(path),
	"must be an absolute path without .., not under /proc or /sys",
);

const resources = strict({
	cpus: z
		.number(must("a number from 0.1 to 256"))
		.min(0.1, must("a number from 0.1 to 256"))
		.max(256, must("a number from 0.1 to 256"))
		.refine((cpus) => Math.abs(cpus * 100 - Math.round(cpus * 100)) < 1e-9, "must have at most two decimals")
		.default(1),
	memoryMiB: integer(16, 16_777_216, "MiB").default(512),
	gpus: integer(0, 16, "").default(0),
	pids: integer(16, 4096, "").default(512),
	shmMiB: integer(0, 1_048_576, "MiB").default(0),
	tmpMiB: integer(0, 1_048_576, "MiB").default(64),
	tmpExec: z.boolean(must("true or false")).default(false),
});

const outputs = strict({
	maxBytes: integer(1, 2 ** 40, "bytes").default(2 ** 30),
	maxFiles: integer(1, 1_000_000, "").default(10_000),
});

/** How far two runs may differ, by what is read of their files. Files that the metric does not read must be equal. */
export const matchMetrics = ["json-abs", "json-rel", "array-abs", "array-rel", "image-psnr"] as const;
export type MatchMetric = (typeof matchMetrics)[number];
const ONE_OF = `one of ${matchMetrics.join(", ")}`;
const isMetric = (name: string): name is MatchMetric => matchMetrics.some((metric) => metric === name);

const bound = z.number(must("a number >= 0")).min(0, "must be a number >= 0");
const tolerance = strict({
	tolerance: strict({
		metric: z.string(must(ONE_OF)).refine((name) => isMetric(name), `must be ${ONE_OF}`),
		max: bound.exactOptional(),
		min: bound.exactOptional(),
	}).superRefine(({ metric, max, min }, context) => {
		const refuse = (field: string, message: string) => context.addIssue({ code: "custom", path: [field], message });
		const psnr = metric === "image-psnr";
		if (psnr && min === undefined) refuse("min", "is missing: the least PSNR in dB, for example 40");
		if (psnr && max !== undefined) refuse("max", "is not for image-psnr, which has a least: write min");
		if (!psnr && max === undefined) refuse("max", "is missing: the largest difference, for example 0.001");
		if (!psnr && min !== undefined) refuse("min", `is for image-psnr only; ${metric} has a largest: write max`);
	}),
});
const match = z.union(
	[z.literal("exact"), z.literal("none"), tolerance],
	must('"exact", "none" or { tolerance: { metric, max } }'),
);

/** Fields of a spec that a job file writes the same way; image and inputs differ there. */
export const plainFields = {
	version: z.literal(1, must("1")),
	command: words.optional(),
	entrypoint: words.optional(),
	workdir: workdir.optional(),
	env: env.default({}),
	outputs: outputs.prefault({}),
	resources: resources.prefault({}),
	tier: z.enum(["container", "sandbox", "vm"], must('"container", "sandbox" or "vm"')).default("container"),
	timeout: integer(1, MAX_TIMEOUT, "seconds"),
	network,
	match: match.default("none"),
	confidential: z
		.literal("none", must('"none": inputs and results are readable by whoever knows their CID'))
		.default("none"),
};

export const MAX_INPUTS = 64;
const input = strict({ path: inputPath, cid });

const specSchema = strict({
	...plainFields,
	image,
	inputs: z
		.array(input, must("a list of { path, cid }"))
		.max(MAX_INPUTS, `must have at most ${MAX_INPUTS} entries`)
		.default([]),
}).superRefine(({ inputs }, context) => {
	for (const index of repeated(inputs.map(({ path }) => path)))
		context.addIssue({ code: "custom", path: ["inputs", index, "path"], message: "is used by another input" });
});

/**
 * What one task runs, resolved: image and inputs by CID or digest, every default written out. Sizes in MiB or bytes as
 * named, times in seconds. Its canonical JSON's sha2-256 stands in the order's task root.
 */
export type JobSpec = z.infer<typeof specSchema>;

/**
 * Checks a resolved spec and fills in defaults.
 *
 * @throws {SpecInvalidError} names each wrong field and what is allowed there.
 */
export function parseSpec(value: unknown): JobSpec {
	const parsed = specSchema.safeParse(value);
	if (!parsed.success) throw new SpecInvalidError("The job spec", problemsOf(parsed.error));
	const bytes = canonicalBytes(parsed.data).byteLength;
	if (bytes > MAX_SPEC_BYTES) {
		const problem = `The spec has ${bytes} bytes; at most ${MAX_SPEC_BYTES} are allowed. Put large texts into an input.`;
		throw new SpecInvalidError("The job spec", [{ field: "", problem }]);
	}
	return parsed.data;
}

/** What "the same result" means to whoever runs the task again. */
export type Match = JobSpec["match"];

/** sha2-256 of a resolved spec's canonical JSON. */
export function specDigest(spec: JobSpec): Hex32 {
	return toHex(sha256(canonicalBytes(spec)));
}

/** Indexes of the entries that stand earlier in the list already. */
export function repeated(values: readonly string[]): number[] {
	return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}
