import { type Address, getAddress, type Hex, isAddress } from "viem";
import { z } from "zod";
import { parseCid } from "../storage/block.ts";
import { egressUse } from "./egress.ts";
import { strict } from "./problems.ts";
import { reasonNames, reasons } from "./reasons.ts";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PREDICATE_TYPE = "https://slsa.dev/provenance/v1";
export const BUILD_TYPE = "https://depin.dev/compute-run/v1";

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits");
const hex32 = z.string().refine((text): text is Hex => /^0x[0-9a-f]{64}$/.test(text), "must be 0x and 64 hex digits");
const address = z
	.string()
	.refine((text): text is Address => isAddress(text) && getAddress(text) === text, "must be a checksummed address");
const seconds = z
	.int()
	.min(0)
	.max(2 ** 32 - 1);
const exitCode = z
	.int()
	.min(-(2 ** 31))
	.max(2 ** 31 - 1);
const index = z
	.int()
	.min(0)
	.max(2 ** 32 - 1);
const cid = z.string().refine((text) => {
	try {
		parseCid(text);
		return true;
	} catch {
		return false;
	}
}, "must be a CID");
const uri = z.string().max(1024);
const descriptor = { name: z.string().max(4096), digest: strict({ sha256: sha256Hex }), uri };
const reason = z.enum(reasonNames);
const status = z.int().min(0).max(6);
const steps = [...new Set(Object.values(reasons).map(({ step }) => step))] as [string, ...string[]];

const task = strict({
	index,
	taskLeaf: hex32,
	outputDigest: hex32,
	outputsCid: cid,
	status,
	exitCode,
	reason,
	seconds,
	logsCid: cid.optional(),
	logsTruncated: z.boolean(),
	/** Of a task that had a network, and ran. */
	egress: egressUse.optional(),
});

/** in-toto Statement v1 with a SLSA provenance predicate: what ran, on what, with which outcome. Times as named. */
export const statementSchema = strict({
	_type: z.literal(STATEMENT_TYPE),
	subject: z.array(strict(descriptor)).min(1).max(1000),
	predicateType: z.literal(PREDICATE_TYPE),
	predicate: strict({
		buildDefinition: strict({
			buildType: z.literal(BUILD_TYPE),
			externalParameters: strict({
				chainId: z.int().min(1),
				market: address,
				orderId: hex32,
				job: index,
				manifestCid: cid,
				tasks: z.array(strict({ index, specDigest: hex32 })).min(1),
			}),
			internalParameters: strict({
				tier: z.union([z.literal(0), z.literal(1), z.literal(2)]),
				match: z.json(),
				network: z.json(),
				profile: z.string(),
			}),
			resolvedDependencies: z.array(strict(descriptor)).min(1),
		}),
		runDetails: strict({
			builder: strict({ id: z.string() }),
			metadata: strict({ invocationId: z.string(), startedOn: z.string(), finishedOn: z.string() }),
			byproducts: z.array(strict(descriptor)),
			depin: strict({
				outcome: strict({
					status,
					reason,
					step: z.enum(steps),
					exitCode,
					oomKilled: z.boolean(),
					billed: seconds,
					startedAt: seconds,
					finishedAt: seconds,
				}),
				tasks: z.array(task).min(1),
				hardware: z.record(z.string(), z.json()),
				sources: z.array(uri).max(16),
			}),
		}),
	}),
});

export type Statement = z.infer<typeof statementSchema>;
export type StatementTask = z.infer<typeof task>;

const base64 = z.base64();

/** DSSE envelope around a statement's canonical bytes. */
export const envelopeSchema = strict({
	payloadType: z.literal("application/vnd.in-toto+json"),
	payload: base64,
	signatures: z.array(strict({ keyid: address, sig: base64 })).length(1),
});
