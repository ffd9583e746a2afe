import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { appendFile, open, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { canonicalJson } from "depin/jobs";
import { type Address, type Hex, isAddressEqual, recoverMessageAddress } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import { z } from "zod";

/**
 * What the node did to its host, one JSON object a line. Each names the hash of the line before and is signed by the node's
 * key, so that no entry can be changed, left out or put in afterwards without the chain of them breaking.
 */
export type AuditLog = {
	/** Resolves when the line is in the file: call it before doing what it says. */
	note(action: AuditAction, detail: Record<string, unknown>): Promise<void>;
	/** Hash of the last line; whoever kept it elsewhere sees a log that was cut. */
	head(): Hex;
};

export type AuditAction =
	| "node-started"
	| "log-repaired"
	| "image-load"
	| "image-pull"
	| "image-remove"
	| "input-remove"
	| "volume-make"
	| "volume-release"
	| "container-create"
	| "container-start"
	| "container-stop"
	| "container-remove"
	| "network-make"
	| "network-remove";

const entrySchema = z.strictObject({
	seq: z.int().min(0),
	at: z.string(),
	action: z.string(),
	detail: z.record(z.string(), z.unknown()),
	previous: z.string(),
	signature: z.string().regex(/^0x[0-9a-f]+$/),
});

const BEGINNING: Hex = `0x${"0".repeat(64)}`;

/** Opens the log to go on with it. A last line that a kill cut short is taken off, and that is noted. */
export async function openAudit(file: string, account: PrivateKeyAccount): Promise<AuditLog> {
	const { last, cutBytes } = await lastLine(file);
	let seq = last === undefined ? 0 : entrySchema.parse(JSON.parse(last)).seq + 1;
	let head = last === undefined ? BEGINNING : hashOf(last);
	let queue: Promise<void> = Promise.resolve();

	async function write(action: AuditAction, detail: Record<string, unknown>): Promise<void> {
		const unsigned = { seq, at: new Date().toISOString(), action, detail, previous: head };
		const signature = await account.signMessage({ message: canonicalJson(unsigned) });
		const line = canonicalJson({ ...unsigned, signature });
		await appendFile(file, `${line}\n`, { mode: 0o600 });
		seq += 1;
		head = hashOf(line);
	}

	const log: AuditLog = {
		note(action, detail) {
			const written = queue.then(() => write(action, detail));
			queue = written.catch(() => {}); // a full disk fails this call and leaves the next its turn
			return written;
		},
		head: () => head,
	};
	if (cutBytes > 0) await log.note("log-repaired", { cutBytes });
	return log;
}

async function lastLine(file: string): Promise<{ last: string | undefined; cutBytes: number }> {
	const text = await readFile(file, "utf8").catch(() => "");
	const whole = text.slice(0, text.lastIndexOf("\n") + 1);
	const cutBytes = Buffer.byteLength(text) - Buffer.byteLength(whole);
	if (cutBytes > 0) {
		const handle = await open(file, "r+");
		await handle.truncate(Buffer.byteLength(whole)).finally(() => handle.close());
	}
	return { last: whole.trimEnd().split("\n").at(-1) || undefined, cutBytes };
}

export type AuditVerdict =
	| { ok: true; entries: number; head: Hex; signer: Address | undefined }
	/** `line` counts from 1. */
	| { ok: false; line: number; problem: string };

/** Checks every line: its form, its place in the chain, and that one key signed them all. `node`: which one that must be. */
export async function verifyAudit(file: string, node?: Address): Promise<AuditVerdict> {
	let head = BEGINNING;
	let entries = 0;
	let signer = node;
	for await (const line of createInterface({ input: createReadStream(file) })) {
		const broken = (problem: string) => ({ ok: false, line: entries + 1, problem }) as const;
		const parsed = entrySchema.safeParse(parseLine(line));
		if (!parsed.success) return broken("it is not an entry of an audit log");
		const { signature, ...unsigned } = parsed.data;
		if (canonicalJson(parsed.data) !== line) return broken("it is not in the form it was written in");
		if (unsigned.seq !== entries) return broken(`it is entry ${unsigned.seq}, expected ${entries}`);
		if (unsigned.previous !== head) return broken("it does not follow from the line before");
		const message = canonicalJson(unsigned);
		const signedBy = await recoverMessageAddress({ message, signature: signature as Hex }).catch(() => undefined);
		if (!signedBy || (signer && !isAddressEqual(signedBy, signer)))
			return broken(`it is signed by ${signedBy ?? "nobody"}, expected ${signer ?? "a signature"}`);
		signer = signedBy;
		head = hashOf(line);
		entries += 1;
	}
	return { ok: true, entries, head, signer };
}

function parseLine(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

const hashOf = (line: string): Hex => `0x${createHash("sha256").update(line).digest("hex")}`;
