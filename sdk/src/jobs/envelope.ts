import { type Address, type Hex, hexToBytes, recoverMessageAddress, toHex } from "viem";
import type { z } from "zod";
import { type Block, digestOfCid, type Hex32, rawBlock } from "../storage/block.ts";
import { concatBytes, equalBytes, fromBase64, toBase64 } from "../storage/bytes.ts";
import { canonicalBytes, parseJson } from "./canonicalJson.ts";
import { StatementInvalidError } from "./errors.ts";
import { problemsOf } from "./problems.ts";
import { MAX_STATEMENT_BYTES } from "./statement.ts";
import { envelopeSchema, type Statement, statementSchema } from "./statementSchema.ts";

const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** Whatever signs EIP-191 messages: a viem local account. */
export type StatementSigner = {
	address: Address;
	signMessage(parameters: { message: { raw: Hex } }): Promise<Hex>;
};

/** A signed statement: the block that is stored, and the hash that stands on chain. */
export type SignedStatement = { block: Block; cid: string; statementHash: Hex32 };

/**
 * Signs a statement as a DSSE envelope: an EIP-191 signature by the node's key over the DSSE pre-authentication
 * encoding of the canonical payload.
 *
 * @throws {StatementInvalidError} when the statement breaks its own schema, or the envelope would pass 1 MiB.
 */
export async function signStatement(statement: Statement, signer: StatementSigner): Promise<SignedStatement> {
	checkSchema(statementSchema, statement);
	const payload = canonicalBytes(statement);
	const signature = await signer.signMessage({ message: { raw: toHex(preAuthEncoding(payload)) } });
	const bytes = canonicalBytes({
		payloadType: PAYLOAD_TYPE,
		payload: toBase64(payload),
		signatures: [{ keyid: signer.address, sig: toBase64(hexToBytes(signature)) }],
	});
	if (bytes.byteLength > MAX_STATEMENT_BYTES)
		throw new StatementInvalidError(`it has ${bytes.byteLength} bytes; at most ${MAX_STATEMENT_BYTES} are allowed`);
	const block = rawBlock(bytes);
	return { block, cid: block.cid.toString(), statementHash: digestOfCid(block.cid) };
}

/**
 * Reads an envelope and recovers who signed it. Only canonical JSON is taken: one statement has one envelope.
 *
 * @returns The statement and the signer; whether that is the right node is the caller's question.
 * @throws {StatementInvalidError} says what is wrong.
 */
export async function openEnvelope(bytes: Uint8Array): Promise<{ statement: Statement; signer: Address }> {
	if (bytes.byteLength > MAX_STATEMENT_BYTES)
		throw new StatementInvalidError(`it has ${bytes.byteLength} bytes; at most ${MAX_STATEMENT_BYTES} are allowed`);
	const envelope = checkSchema(envelopeSchema, parseCanonical(bytes, "the envelope"));
	const payload = decode(envelope.payload);
	if (payload === undefined) throw new StatementInvalidError("its payload is not base64");
	const statement = checkSchema(statementSchema, parseCanonical(payload, "the payload"));
	const [signature] = envelope.signatures;
	if (signature === undefined) throw new StatementInvalidError("it is not signed");
	const signer = await recover(payload, signature.sig);
	if (signer !== signature.keyid)
		throw new StatementInvalidError(`its signature is by ${signer}, not by ${signature.keyid} as it says`);
	return { statement, signer };
}

async function recover(payload: Uint8Array, base64: string): Promise<Address> {
	const signature = decode(base64);
	if (signature?.byteLength !== 65) throw new StatementInvalidError("its signature is not 65 bytes in base64");
	const message = { raw: toHex(preAuthEncoding(payload)) };
	return recoverMessageAddress({ message, signature: toHex(signature) }).catch((cause: unknown) => {
		throw new StatementInvalidError("its signature is not one of secp256k1", cause);
	});
}

/** What a DSSE signature covers: type and payload with their lengths, so that neither can run into the other. */
function preAuthEncoding(payload: Uint8Array): Uint8Array {
	const head = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.byteLength} `;
	return concatBytes([new TextEncoder().encode(head), payload]);
}

/** Undefined for what is not the one base64 spelling of some bytes. */
function decode(base64: string): Uint8Array | undefined {
	try {
		const bytes = fromBase64(base64);
		return toBase64(bytes) === base64 ? bytes : undefined;
	} catch {
		return undefined;
	}
}

function parseCanonical(bytes: Uint8Array, what: string): unknown {
	let value: unknown;
	let canonical: Uint8Array;
	try {
		value = parseJson(bytes);
		canonical = canonicalBytes(value);
	} catch (cause) {
		throw new StatementInvalidError(`${what} is not JSON`, cause);
	}
	if (!equalBytes(canonical, bytes)) throw new StatementInvalidError(`${what} is not canonical JSON`);
	return value;
}

function checkSchema<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const problems = problemsOf(parsed.error).slice(0, 5);
	throw new StatementInvalidError(problems.map(({ field, problem }) => `${field} ${problem}`.trim()).join("; "));
}
