import type { CID } from "multiformats/cid";

/** Blocks that somebody is about to need. While it is open, gc leaves them alone. */
export type Hold = {
	add(cid: CID): void;
	release(): void;
};

/**
 * Keeps gc and writers of one block apart. A block is held before it is looked for, and gc looks at the holds only while
 * it has the block for itself: so a block found present stays, and a block being removed is written again.
 */
export type BlockGuard = {
	hold(): Hold;
	isHeld(cid: CID): boolean;
	/** Runs works on the same block one after the other. */
	alone<T>(cid: CID, work: () => Promise<T>): Promise<T>;
};

export function createBlockGuard(): BlockGuard {
	const holds = new Map<string, number>();
	const lanes = new Map<string, Promise<unknown>>();
	return {
		hold() {
			const mine = new Set<string>();
			return {
				add(cid) {
					const key = blockKey(cid);
					if (mine.has(key)) return;
					mine.add(key);
					holds.set(key, (holds.get(key) ?? 0) + 1);
				},
				release() {
					for (const key of mine) {
						const rest = (holds.get(key) ?? 1) - 1;
						if (rest === 0) holds.delete(key);
						else holds.set(key, rest);
					}
					mine.clear();
				},
			};
		},
		isHeld: (cid) => holds.has(blockKey(cid)),
		alone(cid, work) {
			const key = blockKey(cid);
			const turn = (lanes.get(key) ?? Promise.resolve()).then(work);
			const end = turn.then(
				() => {},
				() => {},
			);
			lanes.set(key, end);
			void end.then(() => {
				if (lanes.get(key) === end) lanes.delete(key);
			});
			return turn;
		},
	};
}

/** The file of a block is named by its hash alone, so raw and dag-pb CIDs of the same bytes are one block. */
function blockKey(cid: CID): string {
	return Buffer.from(cid.multihash.digest).toString("base64");
}
