import { concat, encodeAbiParameters, type Hex, keccak256 } from "viem";

/** Leaf of the task tree: which spec the task at `index` runs. Hashed twice, so no inner node can pose as a leaf. */
export function taskLeaf(index: number, specDigest: Hex): Hex {
	const types = [{ type: "uint256" }, { type: "bytes32" }] as const;
	return keccak256(keccak256(encodeAbiParameters(types, [BigInt(index), specDigest])));
}

export type ResultLeafFields = { index: number; taskLeaf: Hex; outputDigest: Hex; status: number };

/** Leaf of a result's tree: what became of one task. */
export function resultLeaf({ index, taskLeaf, outputDigest, status }: ResultLeafFields): Hex {
	const types = [{ type: "uint256" }, { type: "bytes32" }, { type: "bytes32" }, { type: "uint8" }] as const;
	return keccak256(keccak256(encodeAbiParameters(types, [BigInt(index), taskLeaf, outputDigest, status])));
}

/** Root over leaves in order: pairs sorted and hashed, an odd last node goes up unchanged, one leaf is its own root. */
export function merkleRoot(leaves: readonly [Hex, ...Hex[]] | readonly Hex[]): Hex {
	const root = layersOf(leaves).at(-1)?.[0];
	if (root === undefined) throw new RangeError("a tree needs at least one leaf");
	return root;
}

/** Siblings from the leaf at `index` up to the root. */
export function merkleProof(leaves: readonly Hex[], index: number): Hex[] {
	if (leaves[index] === undefined) throw new RangeError(`there is no leaf ${index} among ${leaves.length}`);
	const proof: Hex[] = [];
	let at = index;
	for (const layer of layersOf(leaves)) {
		const sibling = layer[at % 2 === 0 ? at + 1 : at - 1];
		if (sibling !== undefined) proof.push(sibling);
		at = Math.floor(at / 2);
	}
	return proof;
}

/** True when `leaf` is under `root`, as OpenZeppelin's MerkleProof decides it. */
export function verifyProof(root: Hex, leaf: Hex, proof: readonly Hex[]): boolean {
	return proof.reduce(hashPair, leaf) === root;
}

function layersOf(leaves: readonly Hex[]): Hex[][] {
	const layers: Hex[][] = [[...leaves]];
	for (let layer = layers[0] as Hex[]; layer.length > 1; ) {
		const above: Hex[] = [];
		for (let at = 0; at < layer.length; at += 2) {
			const [left, right] = [layer[at] as Hex, layer[at + 1]];
			above.push(right === undefined ? left : hashPair(left, right));
		}
		layers.push(above);
		layer = above;
	}
	return layers;
}

function hashPair(one: Hex, two: Hex): Hex {
	return keccak256(one.toLowerCase() < two.toLowerCase() ? concat([one, two]) : concat([two, one]));
}
