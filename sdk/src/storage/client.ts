import { normaliseSource, usableSource } from "./sources.ts";

/** A trustless gateway. `own`: from one's own configuration, so it may be on the local network. */
export type ContentSource = { url: string; own: boolean };

export type ContentClientConfig = {
	/** Gateway base URLs from one's own configuration, in order of preference. */
	sources: readonly string[];
	/** Where uploads go: a storage node's base URL and its bearer token. */
	uploadTo?: { url: string; token: string };
	/**
	 * Lets sources that others name (an order's uri, a statement) be private addresses too. Only for a local network:
	 * elsewhere it lets strangers make this machine call its own neighbours.
	 */
	allowPrivateSources?: boolean;
};

/** Who is asked for content and who takes it. Plain data; functions take it as their first argument. */
export type ContentClient = {
	readonly sources: readonly ContentSource[];
	readonly uploadTo: { url: string; token: string } | undefined;
	readonly allowPrivateSources: boolean;
};

/**
 * @example
 * const client = createContentClient({ sources: ['http://127.0.0.1:8180'] })
 * const bytes = await readFile(client, cid, { maxBytes: 1_000_000 })
 */
export function createContentClient(config: ContentClientConfig): ContentClient {
	const { sources, uploadTo, allowPrivateSources = false } = config;
	return {
		sources: distinct(sources.map((url) => ({ url: normaliseSource(url), own: true }))),
		uploadTo: uploadTo && { url: normaliseSource(uploadTo.url), token: uploadTo.token },
		allowPrivateSources,
	};
}

/** The same client with sources that somebody else named, asked after its own. What cannot be asked is left out. */
export function withSources(client: ContentClient, named: readonly string[]): ContentClient {
	const more = named.flatMap((source) => {
		const url = usableSource(source);
		return url === undefined ? [] : [{ url, own: false }];
	});
	return { ...client, sources: distinct([...client.sources, ...more]) };
}

/** The base URLs to write into an order or a statement, so that others find what this client stored. */
export function sourcesToName(client: ContentClient): string[] {
	const urls = client.sources.filter(({ own }) => own).map(({ url }) => url);
	return client.uploadTo === undefined ? urls : [...new Set([client.uploadTo.url, ...urls])];
}

export function mayBePrivate(client: ContentClient, source: ContentSource): boolean {
	return source.own || client.allowPrivateSources;
}

function distinct(sources: ContentSource[]): ContentSource[] {
	return sources.filter(({ url }, index) => sources.findIndex((other) => other.url === url) === index);
}
