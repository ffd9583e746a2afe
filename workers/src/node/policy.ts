import type { JobSpec } from "depin/jobs";
import type { Address } from "viem";
import { isAddressEqual } from "viem";
import { z } from "zod";
import { addressSchema } from "../runtime/config.ts";

/** `*` stands for any text. Everything else is taken as it is: no pattern of an operator can be made slow by a consumer. */
const pattern = z.string().min(1).max(1024);

const ruleSchema = z.strictObject({
	action: z.enum(["allow", "deny"]),
	/** For people: why. Logged with each order it decides. */
	reason: z.string().min(1).max(200),
	/** All that are given must hold; a rule without any holds for every order. */
	when: z
		.strictObject({
			/** CID or `<repository>@sha256:…`; one of these. */
			image: z.array(pattern).min(1).optional(),
			/** Entrypoint and command as one line; one of these. */
			command: z.array(pattern).min(1).optional(),
			/** The network policy the spec asks for; one of these. */
			network: z.array(pattern).min(1).optional(),
			consumer: z.array(addressSchema).min(1).optional(),
		})
		.default({}),
});

/** Rules in order: the first that holds decides; without one an order is allowed. */
export const policySchema = z.array(ruleSchema).max(1000).default([]);

export type Policy = z.output<typeof policySchema>;

export type Workload = { spec: JobSpec; consumer: Address };

/** The reason why the operator does not want this work, or undefined. */
export function deniedBy(policy: Policy, workload: Workload): string | undefined {
	const rule = policy.find((one) => holds(one, workload));
	return rule?.action === "deny" ? rule.reason : undefined;
}

function holds({ when }: Policy[number], { spec, consumer }: Workload): boolean {
	const matches = (patterns: string[] | undefined, text: string) =>
		patterns === undefined || patterns.some((one) => matchesPattern(one, text));
	return (
		matches(when.image, spec.image) &&
		matches(when.command, commandLine(spec)) &&
		matches(when.network, networkOf(spec)) &&
		(when.consumer === undefined || when.consumer.some((address) => isAddressEqual(address, consumer)))
	);
}

const commandLine = ({ entrypoint = [], command = [] }: JobSpec): string => [...entrypoint, ...command].join(" ");
const networkOf = ({ network }: JobSpec): string => (typeof network === "string" ? network : "egress");

/** Pieces between stars must follow one another; the first is a beginning, the last an end. Takes one pass. */
export function matchesPattern(pattern: string, text: string): boolean {
	const [first = "", ...rest] = pattern.split("*");
	const last = rest.pop();
	if (last === undefined) return text === first;
	if (!text.startsWith(first)) return false;
	let at = first.length;
	for (const piece of rest) {
		const found = text.indexOf(piece, at);
		if (found === -1) return false;
		at = found + piece.length;
	}
	return text.length - last.length >= at && text.endsWith(last);
}

/** Words that miners of coins use and hardly anybody else. */
const MINING =
	/\b(xmrig|ethminer|nbminer|lolminer|t-rex|phoenixminer|cpuminer|stratum\+(?:tcp|ssl)|--donate-level|randomx)\b/i;

/** What looks like mining, for the operator to read. Never a reason to refuse: paid work is paid work, and words deceive. */
export function miningHint({ spec }: Workload): string | undefined {
	const said = [spec.image, commandLine(spec), ...Object.values(spec.env)].join("\n");
	return MINING.exec(said)?.[0];
}
