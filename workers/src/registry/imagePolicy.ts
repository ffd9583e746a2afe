import { z } from "zod";
import { matchesPattern } from "../node/policy.ts";
import { isOfRegistry, parseReference } from "./reference.ts";
import { isSigned, keyName, publicKeySchema } from "./signatures.ts";

const ruleSchema = z.strictObject({
	/** CID or `<host>/<repository>@sha256:…` (`docker.io/library/debian@…`), `*` for any text; one of these. */
	images: z.array(z.string().min(1).max(1024)).min(1),
	/** One of them must have signed it. None: these run unsigned. */
	keys: z.array(publicKeySchema).max(16),
});

/** Rules in order: the first whose pattern an image matches decides; without one an image runs unsigned. */
export const signaturePolicySchema = z.array(ruleSchema).max(100).default([]);

export type SignaturePolicy = z.output<typeof signaturePolicySchema>;

/** Keys one of which must have signed an image; none when it may run unsigned. */
export function keysFor(policy: SignaturePolicy, image: string): string[] {
	// In one spelling: a consumer must not step around a rule by writing a name another way.
	const name = isOfRegistry(image) ? parseReference(image).canonical : image;
	return policy.find(({ images }) => images.some((pattern) => matchesPattern(pattern, name)))?.keys ?? [];
}

/**
 * Why this node's signature policy refuses an image; undefined when it does not.
 *
 * @throws {RegistryError | SourceFailedError | SourceRefusedError} when a registry does not say: never taken for a yes
 */
export async function unsigned(
	policy: SignaturePolicy,
	image: string,
	options: { allowPrivate: boolean; signal: AbortSignal },
): Promise<string | undefined> {
	const keys = keysFor(policy, image);
	if (keys.length === 0) return undefined;
	const wanted = `image ${image} must be signed by ${keys.map(keyName).join(" or ")}`;
	// An archive names nobody; whoever trusts one by its CID lists that.
	if (!isOfRegistry(image))
		return `${wanted}, and an image by CID carries no signature; to run it, list the CID in a rule without keys before this one`;
	if (await isSigned(image, keys, options)) return undefined;
	return `${wanted}, and is not; sign it (cosign sign --key …) or list it in a rule without keys before this one`;
}
