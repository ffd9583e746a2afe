import { readFileSync } from "node:fs";
import { type Address, getAddress, type Hex, isAddress, isAddressEqual, isHex, zeroHash } from "viem";
import { z } from "zod";
import { getClass } from "../../../actions/getClass.ts";
import { register as registerNode } from "../../../actions/register.ts";
import type { CommandModule } from "../../commandModule.ts";
import { UsageError } from "../../errors.ts";
import { openSession, type Session } from "../../session.ts";
import { transact } from "../../transact.ts";
import { formatTime } from "../../words.ts";

const address = z.custom<Address>((value) => isAddress(String(value), { strict: false }), "expected an address");
const consentSchema = z.object({
	owner: address,
	node: address,
	class: z.int().min(1).max(65_535),
	deadline: z
		.string()
		.regex(/^\d{1,20}$/)
		.transform(BigInt),
	chainId: z.int(),
	market: address,
	signature: z.custom<Hex>((value) => isHex(value), "expected hex"),
});
type Consent = z.output<typeof consentSchema>;

type Options = { consent: string; stake?: string; maxOpen: string };

export const register: CommandModule<Options> = {
	usage: "register",
	summary: "register a node and put its stake down, with the consent its key signed",
	examples: [
		"depin-worker init --owner 0x90F7…b906 --class 1 --out ./node-1 --json | depin provider register --consent -",
		"depin provider register --consent consent.json --stake 250",
	],
	options: [
		["--consent <json|file|->", "what `depin-worker init` printed: as text, in a file, or on stdin (-)"],
		["--stake <amount>", "in the asset (default: the class's minimum)"],
		["--max-open <n>", "unsettled jobs at once (default: 8)"],
	],
	writes: true,
	run: async (context, _args, { consent: given, stake: text, maxOpen: open = "8" }) => {
		if (!given) throw new UsageError("--consent is missing", { hint: "Run `depin-worker init` on the node for it." });
		const consent = readConsent(given);
		const session = await openSession(context);
		const owner = session.signer();
		checkConsent(consent, session, owner);
		const { minStake } = await getClass(session.client, { class: consent.class });
		const stake = text === undefined ? minStake : session.parse(text);
		if (stake < minStake) {
			throw new UsageError(`class ${consent.class} needs a stake of ${session.amount(minStake)} or more`);
		}
		const maxOpen = Number(open);
		if (!Number.isInteger(maxOpen) || maxOpen < 1 || maxOpen > 65_535) {
			throw new UsageError("--max-open must be a whole number from 1 to 65535");
		}
		const node = getAddress(consent.node);
		const written = await transact(context, session, {
			does: `register node ${node} in class ${consent.class} with a stake of ${session.amount(stake)}`,
			send: (options) =>
				registerNode(session.client, {
					...options,
					node,
					class: consent.class,
					maxOpen,
					stake,
					metadata: zeroHash,
					uri: "",
					consent,
				}),
		});
		if (!written) return;
		context.out.answer({ node, owner, class: consent.class, stake, maxOpen, tx: written.hash }, [
			`node ${node} is registered in class ${consent.class} with ${session.amount(stake)} at stake`,
		]);
	},
};

function readConsent(given: string): Consent {
	const text = given.trimStart().startsWith("{") ? given : readFileSync(given === "-" ? 0 : given, "utf8");
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		throw new UsageError("the consent is not JSON", {
			cause,
			hint: "Paste the line that `depin-worker init` printed.",
		});
	}
	// `depin-worker init --json` wraps it.
	const inner = typeof value === "object" && value !== null && "consent" in value ? value.consent : value;
	const parsed = consentSchema.safeParse(inner);
	if (parsed.success) return parsed.data;
	throw new UsageError("the consent is not complete", {
		meta: parsed.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`),
		cause: parsed.error,
	});
}

function checkConsent(consent: Consent, { profile }: Session, owner: Address): void {
	if (consent.chainId !== profile.chainId || !isAddressEqual(consent.market, profile.market)) {
		throw new UsageError(`the consent is for the Market ${consent.market} on chain ${consent.chainId}`, {
			hint: `This profile's is ${profile.market} on chain ${profile.chainId}. Make one for it.`,
		});
	}
	if (!isAddressEqual(consent.owner, owner)) {
		throw new UsageError(`the consent names ${consent.owner} as owner, and the key here is ${owner}'s`);
	}
	if (consent.deadline * 1000n < BigInt(Date.now())) {
		throw new UsageError(`the consent ran out at ${formatTime(Number(consent.deadline))}`, {
			hint: "Make a new one with `depin-worker init`.",
		});
	}
}
