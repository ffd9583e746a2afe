// What the page knows of the wallet before it has any of a wallet's code: that is fetched when somebody wants to sign.
import { useSyncExternalStore } from "react";
import type { Address } from "viem";
import type { SiteConfig } from "../app/config.ts";

export type Wallet = {
	address: Address;
	/** The chain the wallet is on, which need not be this market's. */
	chainId: number;
	name: string;
	/** Signs with a key that everybody knows. */
	demo: boolean;
};

let current: Wallet | undefined;
const listeners = new Set<() => void>();

export function setWallet(next: Wallet | undefined): void {
	current = next;
	for (const listener of listeners) listener();
}

/** Undefined without a wallet: then everything can be read and nothing signed. */
export function useWallet(): Wallet | undefined {
	return useSyncExternalStore(
		(listener) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		() => current,
	);
}

/** Takes up the connection of an earlier visit; asks nobody anything. */
export async function resumeWallet(config: SiteConfig): Promise<void> {
	if (localStorage.getItem("wagmi.recentConnectorId") === null) return;
	const { openConnection } = await import("./connection.ts");
	await openConnection(config).resume();
}
