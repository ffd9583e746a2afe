import { parseCid } from "./block.ts";
import { utf8Length } from "./bytes.ts";
import { UriInvalidError } from "./errors.ts";

/** Bounds of an order's uri: it is stored in an event, and every node reads it. */
const MAX_SOURCES = 4;
const MAX_URI_BYTES = 1024;

/** A manifest's CID and gateway base URLs where it may be found. The URLs are hints: the CID decides what is right. */
export type ContentUri = { cid: string; sources: string[] };

/**
 * Writes `ipfs://<cid>?source=<gateway base>&source=…`.
 *
 * @throws {UriInvalidError} for more than 4 sources, more than 1024 bytes, or a source that is not a plain http(s) URL.
 */
export function encodeUri({ cid, sources }: ContentUri): string {
	const query = sources.map((source) => `source=${encodeURIComponent(normaliseSource(source))}`);
	const uri = `ipfs://${parseCid(cid)}${query.length > 0 ? `?${query.join("&")}` : ""}`;
	if (sources.length > MAX_SOURCES) throw new UriInvalidError(uri, `it names more than ${MAX_SOURCES} sources`);
	if (utf8Length(uri) > MAX_URI_BYTES) throw new UriInvalidError(uri, `it is longer than ${MAX_URI_BYTES} bytes`);
	return uri;
}

/**
 * Reads such a uri. Sources that cannot be used are left out rather than refused: whoever posted the order may have
 * listed schemes of a later version, and the CID is enough to ask one's own sources.
 *
 * @throws {UriInvalidError} when there is no usable CID in it.
 */
export function decodeUri(uri: string): ContentUri {
	const match = /^ipfs:\/\/([a-z0-9]+)(?:\?(.*))?$/s.exec(uri);
	if (match?.[1] === undefined) throw new UriInvalidError(uri, "it is not of the form ipfs://<cid>?source=<url>");
	const cid = parseCid(match[1]).toString();
	const named = new URLSearchParams(match[2] ?? "").getAll("source");
	const sources: string[] = [];
	for (const source of named.slice(0, MAX_SOURCES)) {
		const usable = usableSource(source);
		if (usable !== undefined && !sources.includes(usable)) sources.push(usable);
	}
	return { cid, sources };
}

/**
 * One spelling of a gateway base URL: scheme, host, port, path without trailing slash.
 *
 * @throws {UriInvalidError} when it is not http(s), or carries credentials, a query or a fragment.
 */
export function normaliseSource(source: string): string {
	const usable = usableSource(source);
	if (usable === undefined)
		throw new UriInvalidError(source, "a source is an http(s) URL without credentials, query or fragment");
	return usable;
}

/** The same, or undefined for what cannot be asked: for sources that others name, which are hints. */
export function usableSource(source: string): string | undefined {
	if (!URL.canParse(source)) return undefined;
	const url = new URL(source);
	if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
	if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined;
	return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
