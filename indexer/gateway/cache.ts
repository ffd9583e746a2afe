// Answers of the mirror, kept while it has read no further, and made one while they are on their way.
import { createHash } from "node:crypto";
import type { MirrorAnswer } from "./mirror.ts";

export type Cached = MirrorAnswer & { etag: string };
export type AnswerCache = {
	get(path: string, load: () => Promise<MirrorAnswer>): Promise<Cached>;
	/** The mirror has read on: nothing kept is certain any more. */
	clear(): void;
};

/** A branch that replaced another may have the same height and time; no answer outlives it by more than this. */
const MOST_MS = 1_000;
const MOST_BYTES = 64 * 2 ** 20;

export function createCache(now: () => number = () => performance.now()): AnswerCache {
	let kept = new Map<string, { at: number; answer: Promise<Cached> }>();
	let bytes = 0;
	const clear = () => {
		kept = new Map();
		bytes = 0;
	};
	return {
		clear,
		get(path, load) {
			const hit = kept.get(path);
			if (hit && now() - hit.at < MOST_MS) return hit.answer;
			const mine = kept;
			const forget = () => mine.delete(path);
			const answer = load().then((loaded) => {
				if (loaded.status !== 200) forget();
				bytes += loaded.body.byteLength;
				if (bytes > MOST_BYTES) clear();
				return { ...loaded, etag: loaded.headers.get("etag") ?? etagOf(loaded.body) };
			});
			answer.catch(forget);
			mine.set(path, { at: now(), answer });
			return answer;
		},
	};
}

export function etagOf(body: Uint8Array): string {
	return `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
}

/** Whether a request's If-None-Match names this answer. */
export function unchanged(ifNoneMatch: string | undefined, etag: string): boolean {
	const plain = (tag: string) => tag.trim().replace(/^W\//, "");
	return ifNoneMatch?.split(",").some((tag) => tag.trim() === "*" || plain(tag) === plain(etag)) ?? false;
}
