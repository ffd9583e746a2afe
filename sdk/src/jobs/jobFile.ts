import { parseDocument } from "yaml";
import { z } from "zod";
import { absolutePath } from "#localFiles";
import { isOrderId, type JobRef } from "../chain/jobRef.ts";
import { parseCid } from "../storage/block.ts";
import { utf8Length } from "../storage/bytes.ts";
import { refusePath } from "../storage/names.ts";
import { SpecInvalidError } from "./errors.ts";
import type { Parameters } from "./manifest.ts";
import { type OrderSection, orderSection } from "./orderSection.ts";
import { must, problemsOf, strict } from "./problems.ts";
import { env, IMAGE_BY_DIGEST, inputPath, type JobSpec, MAX_INPUTS, plainFields, repeated } from "./spec.ts";

const MAX_FILE_BYTES = 2 * 1024 * 1024;
const MAX_DEPTH = 64;

/** Where an image comes from. `path` is absolute: a folder with a Dockerfile, or an image archive. */
export type ImageSource =
	| { kind: "cid"; cid: string }
	| { kind: "registry"; reference: string }
	| { kind: "path"; path: string };

/** A file or folder in the outputs of an earlier job; `path` '' = all of them. */
export type JobOutputRef = JobRef & { path: string };

/** Where an input comes from. `path` is absolute: a file or folder. */
export type InputSource =
	| { kind: "cid"; cid: string }
	| { kind: "path"; path: string }
	| { kind: "job"; ref: JobOutputRef };

/** A job file as written, checked: a spec whose image and inputs may still be paths, and what the order should say. */
export type JobFile = {
	template: Omit<JobSpec, "image" | "inputs">;
	image: ImageSource;
	inputs: { path: string; from: InputSource }[];
	order: OrderSection;
	parameters: Parameters[];
	tasksPerLot: number;
};

const IMAGE_FORMS =
	"must be ./a-folder-with-a-Dockerfile, ./an-archive.tar, a CID, or <repository>@sha256:<64 hex digits>";
const INPUT_FORMS = "must be ./a-file-or-folder, a CID, or job:<orderId>/<n>/outputs/<path>";

const input = strict({
	path: inputPath,
	from: z.string(must(INPUT_FORMS.slice("must be ".length))).optional(),
	cid: z.string(must("a CID")).optional(),
}).superRefine(({ from, cid }, context) => {
	if ((from === undefined) === (cid === undefined))
		context.addIssue({ code: "custom", path: ["from"], message: `${INPUT_FORMS}; write either from or cid` });
	else if (cid !== undefined && cidOf(cid) === undefined)
		context.addIssue({
			code: "custom",
			path: ["cid"],
			message: "must be a CID: CIDv1 in base32, bafkrei… or bafybei…",
		});
	else if (from !== undefined && inputSource(from, "/") === undefined)
		context.addIssue({ code: "custom", path: ["from"], message: INPUT_FORMS });
});

const oneOrMore = must("a whole number >= 1");
const batch = strict({
	parameters: z.array(env, must("a list of maps of NAME to text, one a task")).min(1, "must have at least one entry"),
	tasksPerLot: z.int(oneOrMore).min(1, oneOrMore).default(1),
}).superRefine(({ parameters, tasksPerLot }, context) => {
	if (parameters.length % tasksPerLot === 0) return;
	const message = `must divide the number of parameter sets, ${parameters.length}: every lot must be full`;
	context.addIssue({ code: "custom", path: ["tasksPerLot"], message });
});

const fileSchema = strict({
	...plainFields,
	image: z.string(must(IMAGE_FORMS.slice("must be ".length))).refine((image) => imageSource(image, "/") !== undefined, {
		error: (issue) =>
			`${IMAGE_FORMS}${looksLikeTag(issue.input) ? "; a tag can change its meaning after you signed" : ""}`,
	}),
	inputs: z
		.array(input, must("a list of { path, from }"))
		.max(MAX_INPUTS, `must have at most ${MAX_INPUTS} entries`)
		.default([]),
	order: orderSection.prefault({}),
	batch: batch.optional(),
}).superRefine(({ inputs }, context) => {
	for (const index of repeated(inputs.map(({ path }) => path)))
		context.addIssue({ code: "custom", path: ["inputs", index, "path"], message: "is used by another input" });
});

/**
 * Reads the file that `depin run` takes, YAML or JSON.
 *
 * @param folder What relative paths in it start from: the folder of the file.
 * @throws {SpecInvalidError} names each wrong field, or the line that is not YAML.
 */
export function parseJobFile(text: string, folder: string): JobFile {
	const parsed = fileSchema.safeParse(parseYaml(text));
	if (!parsed.success) throw new SpecInvalidError("The job file", problemsOf(parsed.error));
	const { image, inputs, order, batch: tasks, ...template } = parsed.data;
	return {
		template,
		image: sure(imageSource(image, folder)),
		inputs: inputs.map(({ path, from, cid }) => ({ path, from: sure(inputSource(from ?? cid ?? "", folder)) })),
		order,
		parameters: tasks?.parameters ?? [{}],
		tasksPerLot: tasks?.tasksPerLot ?? 1,
	};
}

/**
 * The same job with other environment variables: `depin run --env NAME=value`.
 *
 * @throws {SpecInvalidError} for a name that is reserved or no name.
 */
export function withEnv(file: JobFile, variables: Record<string, string>): JobFile {
	const merged = env.safeParse({ ...file.template.env, ...variables });
	if (!merged.success)
		throw new SpecInvalidError(
			"--env",
			problemsOf(merged.error).map(({ field, problem }) => ({ field, problem })),
		);
	return { ...file, template: { ...file.template, env: merged.data } };
}

/**
 * The same job with inputs from somewhere else: `depin run --input NAME=source`. A name that the file does not have is
 * one more input.
 *
 * @param folder What relative paths start from.
 * @throws {SpecInvalidError} for what is no source, or no name.
 */
export function withInputs(file: JobFile, sources: Record<string, string>, folder: string): JobFile {
	const given = Object.entries(sources).map(([name, from]) => {
		const parsed = input.safeParse({ path: name.startsWith("/") ? name : `/inputs/${name}`, from });
		if (!parsed.success)
			throw new SpecInvalidError(
				"--input",
				problemsOf(parsed.error).map(({ problem }) => ({ field: name, problem })),
			);
		return { path: parsed.data.path, from: sure(inputSource(from, folder)) };
	});
	const kept = file.inputs.filter(({ path }) => given.every((other) => other.path !== path));
	return { ...file, inputs: [...kept, ...given] };
}

/** `job:<orderId>/<n>/outputs[/<path>]`, or undefined when the text is no such reference. */
export function parseJobOutputRef(text: string): JobOutputRef | undefined {
	const match = /^job:(0x[0-9a-fA-F]{64})\/(\d{1,10})\/outputs(?:\/(.*))?$/s.exec(text);
	const [, orderId = "", job = "", path = ""] = match ?? [];
	if (match === null || !isOrderId(orderId) || Number(job) >= 2 ** 32) return undefined;
	if (path !== "" && refusePath(path, MAX_DEPTH) !== undefined) return undefined;
	return { orderId: orderId.toLowerCase() as JobRef["orderId"], job: Number(job), path };
}

function imageSource(text: string, folder: string): ImageSource | undefined {
	if (IMAGE_BY_DIGEST.test(text)) return { kind: "registry", reference: text };
	const cid = cidOf(text);
	if (cid !== undefined) return { kind: "cid", cid };
	return isPath(text) ? { kind: "path", path: absolutePath(folder, text) } : undefined;
}

function inputSource(text: string, folder: string): InputSource | undefined {
	const ref = parseJobOutputRef(text);
	if (ref !== undefined) return { kind: "job", ref };
	const cid = cidOf(text);
	if (cid !== undefined) return { kind: "cid", cid };
	return isPath(text) ? { kind: "path", path: absolutePath(folder, text) } : undefined;
}

/** Only what begins like a path is one, so that a mistyped CID or a tag is not looked for on the disk. */
function isPath(text: string): boolean {
	return /^(\.{1,2}$|\.{1,2}\/|\/)/.test(text) && !text.includes("\0");
}

function looksLikeTag(value: unknown): boolean {
	return typeof value === "string" && /^[a-z0-9][a-z0-9./_-]*(:[A-Za-z0-9_.-]+)?$/.test(value);
}

function cidOf(text: string): string | undefined {
	try {
		return parseCid(text).toString();
	} catch {
		return undefined;
	}
}

function parseYaml(text: string): unknown {
	const refuse = (problem: string): never => {
		throw new SpecInvalidError("The job file", [{ field: "", problem }]);
	};
	if (utf8Length(text) > MAX_FILE_BYTES) refuse(`It is larger than ${MAX_FILE_BYTES} bytes.`);
	const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true, stringKeys: true });
	const [error] = document.errors;
	if (error !== undefined) refuse(`It is not YAML: ${error.message.split("\n")[0] ?? ""}`);
	try {
		// Aliases are the one way in which a small YAML file becomes a huge value.
		return document.toJS({ maxAliasCount: 100 });
	} catch (cause) {
		return refuse(`It is not YAML that can be read: ${cause instanceof Error ? cause.message : String(cause)}`);
	}
}

/** For what the schema checked already. */
function sure<T>(value: T | undefined): T {
	if (value === undefined) throw new TypeError("the schema let a wrong source pass");
	return value;
}
