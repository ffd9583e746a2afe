import { access } from "node:fs/promises";
import { Command } from "commander";
import { type Address, getAddress, isAddress } from "viem";
import { OperatorError } from "../runtime/errors.ts";
import { verifyAudit } from "./audit.ts";

const example = `
Example:
  depin-worker audit --file ./node-1/state/audit.jsonl

Exit codes: 0 unbroken, 1 changed, cut in the middle, or signed by somebody else. A log cut at its end still follows from
its beginning: compare the head printed here with one you noted earlier, or with the node's own log lines.`;

export function auditCommand(run: (work: () => Promise<number>) => Promise<void>): Command {
	return new Command("audit")
		.description("check the signed log of everything a node did to its host")
		.requiredOption("--file <path>", "audit.jsonl in the node's stateDir")
		.option("--node <address>", "the key that must have signed it (default: whoever signed the first line)")
		.addHelpText("after", example)
		.action((options: { file: string; node?: string }) => run(() => check(options.file, options.node)));
}

async function check(file: string, node: string | undefined): Promise<number> {
	if (node !== undefined && !isAddress(node))
		throw new OperatorError("node-invalid", `--node ${node} is not an address (0x and 40 hex digits, checksum right)`);
	await access(file).catch((cause: unknown) => {
		throw new OperatorError("audit-unreadable", `cannot read ${file}; it is audit.jsonl in the node's stateDir`, {
			cause,
		});
	});
	const verdict = await verifyAudit(file, node ? (getAddress(node) as Address) : undefined);
	if (!verdict.ok) throw new OperatorError("audit-broken", `${file}, line ${verdict.line}: ${verdict.problem}`);
	console.log(`${verdict.entries} entries, unbroken, signed by ${verdict.signer ?? "nobody yet"}`);
	console.log(`head ${verdict.head}`);
	return 0;
}
