import type { Address, Hex } from "viem";
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";

export interface DevnetAccount {
	address: Address;
	key: Hex;
}

export interface DevnetAccounts {
	deployer: DevnetAccount;
	/** Who the profile signs as. */
	consumer: DevnetAccount;
	keeper: DevnetAccount;
	/** Owner of each node, in the nodes' order. */
	owners: DevnetAccount[];
	/** Key of each node. New for every devnet: two devnets on one engine must never take each other's containers for theirs. */
	nodes: DevnetAccount[];
}

/** The phrase every local chain knows: these keys are public and hold nothing of worth. */
const PHRASE = "test test test test test test test test test test test junk";

export function devnetAccounts(nodes: number): DevnetAccounts {
	const indices = Array.from({ length: nodes }, (_, index) => index);
	return {
		deployer: wellKnown(0),
		consumer: wellKnown(1),
		keeper: wellKnown(10),
		owners: indices.map((index) => wellKnown(index < 8 ? 2 + index : 3 + index)), // 10 is the keeper's
		nodes: indices.map(() => {
			const key = generatePrivateKey();
			return { key, address: privateKeyToAccount(key).address };
		}),
	};
}

/** An account of the phrase; those past 10 are free for whoever wants more parties. */
export function wellKnown(addressIndex: number): DevnetAccount {
	const account = mnemonicToAccount(PHRASE, { addressIndex });
	const key: Hex = `0x${Buffer.from(account.getHdKey().privateKey ?? []).toString("hex")}`;
	return { address: account.address, key };
}
