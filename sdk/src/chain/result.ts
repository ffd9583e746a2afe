import { type Address, encodeAbiParameters, type Hex, hashTypedData, keccak256, slice, zeroHash } from "viem";
import { type Deployment, marketDomain, resultTypes } from "./typedData.ts";
import { FieldRangeError, packWord, unpackWord, type WordLayout } from "./words.ts";

/** Coarse outcome of a job, as it stands on chain. Fine-grained reasons stand in the statement. */
export const resultStatus = {
	ok: 0,
	nonzeroExit: 1,
	timeout: 2,
	outOfMemory: 3,
	stopped: 4,
	badSpec: 5,
	inputUnavailable: 6,
} as const;

export type ResultStatusName = keyof typeof resultStatus;
export type ResultStatusCode = (typeof resultStatus)[ResultStatusName];

/** The name of a status code, or undefined for a number the Market refuses. */
export function statusName(code: number): ResultStatusName | undefined {
	return (Object.keys(resultStatus) as ResultStatusName[]).find((name) => resultStatus[name] === code);
}

/** What a node reports of a job. Times in unix seconds; `billed` in seconds the container ran. */
export type Result = {
	resultRoot: Hex;
	/** sha2-256 of the outputs' UnixFS root. */
	outputsDigest: Hex;
	/** sha2-256 of the statement bytes. */
	statementHash: Hex;
	evidenceHash: Hex;
	shadowCommit: Hex;
	status: number;
	exitCode: number;
	startedAt: number;
	finishedAt: number;
	billed: number;
};

/** The result as sent: the small fields share one word. */
export type PackedResult = Omit<Result, "status" | "exitCode" | "startedAt" | "finishedAt" | "billed"> & {
	outcome: bigint;
};

/** Stands where the Market takes a result and there is none. */
export const NO_RESULT: PackedResult = {
	resultRoot: zeroHash,
	outputsDigest: zeroHash,
	statementHash: zeroHash,
	evidenceHash: zeroHash,
	shadowCommit: zeroHash,
	outcome: 0n,
};

/** What settling a submitted job needs; the chain keeps only 208 bits of its hash. */
export type Receipt = {
	job: number;
	node: Address;
	/** Before the fee, in base units of the asset. */
	pay: bigint;
	/** Block time of the submit. */
	submittedAt: number;
	/** The result digest. */
	digest: Hex;
};

const outcomeLayout: WordLayout = [
	["status", 8],
	["exitCode", 32],
	["startedAt", 32],
	["finishedAt", 32],
	["billed", 32],
];

/** Packs a result for `submit`; `exitCode` becomes two's complement. */
export function packResult(result: Result): PackedResult {
	const { status, exitCode, startedAt, finishedAt, billed, ...digests } = result;
	if (exitCode < -(2 ** 31) || exitCode >= 2 ** 31) throw new FieldRangeError("exitCode", BigInt(exitCode), 32);
	const fields = [status, exitCode >>> 0, startedAt, finishedAt, billed];
	return { ...digests, outcome: packWord(outcomeLayout, fields.map(BigInt)) };
}

/** The readable result of what a `Submitted` event carries. */
export function unpackResult({ outcome, ...digests }: PackedResult): Result {
	const [status = 0, exitCode = 0, startedAt = 0, finishedAt = 0, billed = 0] = unpackWord(outcomeLayout, outcome).map(
		Number,
	);
	return { ...digests, status, exitCode: exitCode | 0, startedAt, finishedAt, billed };
}

/** EIP-712 hash of a result, bound to its order, job and node. */
export function resultDigest(
	deployment: Deployment,
	{ orderId, job, node, result }: { orderId: Hex; job: number; node: Address; result: Result },
): Hex {
	return hashTypedData({
		domain: marketDomain(deployment),
		types: resultTypes,
		primaryType: "Result",
		message: { orderId, job, node, ...result },
	});
}

/** The high 208 bits of the receipt's hash, as the Market stores them for a submitted job. */
export function receiptHash(receipt: Receipt): Hex {
	const encoded = encodeAbiParameters(
		[
			{ type: "uint32", name: "job" },
			{ type: "address", name: "node" },
			{ type: "uint96", name: "pay" },
			{ type: "uint32", name: "submittedAt" },
			{ type: "bytes32", name: "digest" },
		],
		[receipt.job, receipt.node, receipt.pay, receipt.submittedAt, receipt.digest],
	);
	return slice(keccak256(encoded), 0, 26);
}
