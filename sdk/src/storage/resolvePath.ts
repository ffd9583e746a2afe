import type { CID } from "multiformats/cid";
import { RAW } from "./block.ts";
import type { ContentClient } from "./client.ts";
import { decodeUnixfs } from "./dagWalk.ts";
import { PathNotFoundError } from "./errors.ts";
import { type FetchOptions, fetchRaw } from "./fetch.ts";

/**
 * Follows a path through directories, sharded ones too. Only the directories on the way are fetched.
 *
 * @param path Relative, with slashes; '' is the root itself.
 * @throws {PathNotFoundError} when a name on the way is not there.
 */
export async function resolvePath(
	client: ContentClient,
	root: CID,
	path: string,
	options: FetchOptions = {},
): Promise<CID> {
	let at = root;
	for (const name of path === "" ? [] : path.split("/")) {
		const next = await childOf(client, at, name, options);
		if (next === undefined) throw new PathNotFoundError(root.toString(), path, name);
		at = next;
	}
	return at;
}

async function childOf(
	client: ContentClient,
	directory: CID,
	name: string,
	options: FetchOptions,
): Promise<CID | undefined> {
	if (directory.code === RAW) return undefined;
	const { unixfs, links } = decodeUnixfs(await fetchRaw(client, directory, options));
	if (unixfs.type === "directory") return links.find((link) => link.name === name)?.cid;
	if (unixfs.type !== "hamt-sharded-directory") return undefined;
	// Two hex digits of the slot come first; a label without more is a deeper shard.
	const found = links.find((link) => link.name.slice(2) === name && link.name.length > 2);
	if (found !== undefined) return found.cid;
	for (const shard of links.filter((link) => link.name.length === 2)) {
		const inner = await childOf(client, shard.cid, name, options);
		if (inner !== undefined) return inner;
	}
	return undefined;
}
