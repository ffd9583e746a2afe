/** Where an image is asked for, read from `<repository>@sha256:…` as every engine reads it. */
export type ImageReference = {
	/** Base URL of the registry's API. */
	registry: string;
	/** Below `/v2/`. */
	repository: string;
	/** `sha256:…` of the manifest, or of the index that lists one for each platform. */
	digest: string;
	/** The one spelling of all that mean the same image: `docker.io/library/debian@sha256:…`. */
	canonical: string;
};

/** Names of one registry, the engines' default. */
const DEFAULT_HOSTS = ["docker.io", "index.docker.io", "registry-1.docker.io"];
const DEFAULT_REGISTRY = "registry-1.docker.io";

/** @param reference as a spec names it: the schema has judged its form */
export function parseReference(reference: string): ImageReference {
	const at = reference.lastIndexOf("@");
	const [name, digest] = [reference.slice(0, at), reference.slice(at + 1)];
	const slash = name.indexOf("/");
	const first = name.slice(0, Math.max(slash, 0));
	// A first part that could be no folder is a host: the engines' rule.
	const named = /[.:]/.test(first) || first === "localhost";
	const path = named ? name.slice(slash + 1) : name;
	if (named && !DEFAULT_HOSTS.includes(first)) {
		const registry = `${isLoopback(first) ? "http" : "https"}://${first}`;
		return { registry, repository: path, digest, canonical: `${first}/${path}@${digest}` };
	}
	const repository = path.includes("/") ? path : `library/${path}`;
	return {
		registry: `https://${DEFAULT_REGISTRY}`,
		repository,
		digest,
		canonical: `docker.io/${repository}@${digest}`,
	};
}

/** Engines speak to these, and to no others, without TLS. */
const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3})(:\d+)?$/.test(host);

/** An image is a registry's, or an archive named by its CID. */
export const isOfRegistry = (image: string): boolean => image.includes("@sha256:");
