import type { Address } from "viem";
import { DepinError, shortMessageOf } from "../errors/base.ts";
import { CheckFailed } from "./checkFailed.ts";
import { openEnvelope } from "./envelope.ts";
import { type Bundle, parseManifest } from "./manifest.ts";
import type { Statement } from "./statementSchema.ts";
import type { Fetched, JobContent, OutputsRead } from "./verify.ts";

/** What the content holds; each part fails the checks that need it, and only those. */
export type Evidence = {
	manifestBytes(): Uint8Array;
	bundle(): Bundle;
	envelopeBytes(): Uint8Array;
	signer(): Address;
	statement(): Statement;
	outputs(): OutputsRead;
	logs(): ReadonlyMap<number, string>;
};

export async function readEvidence(content: JobContent): Promise<Evidence> {
	const bundle = await attempt(() => parseManifest(sure(content.manifest)));
	const opened = await attempt(() => openEnvelope(sure(content.statement)));
	return {
		manifestBytes: () => sure(content.manifest, "the manifest"),
		bundle: () => sure(bundle, "the manifest"),
		envelopeBytes: () => sure(content.statement, "the statement"),
		signer: () => sure(opened, "the statement").signer,
		statement: () => sure(opened, "the statement").statement,
		outputs: () => sure(content.outputs, "the outputs"),
		logs: () => sure(content.logs, "the logs"),
	};
}

async function attempt<T>(work: () => T | Promise<T>): Promise<Fetched<T>> {
	try {
		return { value: await work() };
	} catch (error) {
		if (error instanceof CheckFailed || error instanceof DepinError) return { problem: shortMessageOf(error) };
		throw error;
	}
}

/** @param what named before the problem; left out where a reader of the problem will be told. */
function sure<T>(fetched: Fetched<T>, what?: string): T {
	if ("value" in fetched) return fetched.value;
	throw new CheckFailed(what === undefined ? fetched.problem : `${what}: ${fetched.problem}`);
}
