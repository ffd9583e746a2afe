import { InvalidArgumentError } from "commander";
import { isAddress } from "viem";
import { type JobFile, withEnv, withInputs } from "../jobs/jobFile.ts";
import { UsageError } from "./errors.ts";

/** What `depin run` lets one change of a job file without editing it. */
export type Overrides = {
	env?: Record<string, string>;
	input?: Record<string, string>;
	price?: string;
	class?: string;
	node?: string;
	replicas?: string;
	quorum?: string;
};

/** Collects `--env NAME=value`, which may be given again. */
export const collectEnv = (text: string, before: unknown) => collect("NAME=value", text, before);

/** Collects `--input NAME=source`, which may be given again. */
export const collectInput = (text: string, before: unknown) => collect("NAME=source", text, before);

function collect(form: string, text: string, before: unknown): Record<string, string> {
	const at = text.indexOf("=");
	if (at < 1) throw new InvalidArgumentError(`Expected ${form}.`);
	return { ...(before as Record<string, string> | undefined), [text.slice(0, at)]: text.slice(at + 1) };
}

/** The job file with the overrides in place. @param cwd what relative paths start from */
export function override(file: JobFile, overrides: Overrides, cwd: string): JobFile {
	const named = overrides.env ? withEnv(file, overrides.env) : file;
	const changed = overrides.input ? withInputs(named, overrides.input, cwd) : named;
	const { startPrice, maxPrice, rampFor, price, ...order } = changed.order;
	const priced = overrides.price === undefined ? changed.order : { ...order, price: overrides.price };
	return {
		...changed,
		order: {
			...priced,
			...(overrides.class === undefined ? {} : { class: classOf(overrides.class) }),
			...(overrides.node === undefined ? {} : { node: nodeOf(overrides.node) }),
			...(overrides.replicas === undefined ? {} : { replicas: copiesOf("--replicas", overrides.replicas) }),
			...(overrides.quorum === undefined ? {} : { quorum: copiesOf("--quorum", overrides.quorum) }),
		},
	};
}

function classOf(text: string): number {
	const index = Number(text);
	if (!/^\d+$/.test(text) || index > 65_535) throw new UsageError("--class must be the number of a hardware class");
	return index;
}

function copiesOf(option: string, text: string): number {
	const copies = Number(text);
	if (!/^[1-7]$/.test(text)) throw new UsageError(`${option} must be a whole number from 1 to 7`);
	return copies;
}

function nodeOf(text: string) {
	if (!isAddress(text)) throw new UsageError("--node must be a node's address");
	return text;
}
