// The wallets of this browser (EIP-6963), behind wagmi: which there are, which one is connected, how it is asked.
import { isLocalChain } from "depin";
import { defineChain, type EIP1193Provider, http } from "viem";
import { type Config, type Connector, createConfig } from "wagmi";
import { connect, disconnect, reconnect, switchChain, watchConnection } from "wagmi/actions";
import type { SiteConfig } from "../app/config.ts";
import { announceDemoWallet, DEMO_RDNS } from "./demoWallet.ts";
import { setWallet } from "./wallet.ts";

export type Connection = {
	wagmi: Config;
	resume(): Promise<void>;
	connect(connector: Connector): Promise<void>;
	disconnect(): Promise<void>;
	/** Asks the wallet to move to this market's chain, naming it when the wallet has never heard of it. */
	switchToMarket(): Promise<void>;
	/** The connected wallet itself. */
	provider(): Promise<EIP1193Provider>;
};

let opened: Connection | undefined;

/** One for the page: wallets are announced to the window, not to a component. */
export function openConnection(config: SiteConfig): Connection {
	opened ??= open(config);
	return opened;
}

function open({ chainId, name, rpcUrl, demoKey }: SiteConfig): Connection {
	const chain = defineChain({
		id: chainId,
		name,
		nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
		rpcUrls: { default: { http: [rpcUrl] } },
	});
	if (demoKey !== undefined && isLocalChain(chainId)) announceDemoWallet({ key: demoKey, rpcUrl });
	const wagmi = createConfig({ chains: [chain], transports: { [chainId]: http(rpcUrl) } });
	let connector: Connector | undefined;
	watchConnection(wagmi, {
		onChange({ status, address, chainId: at, connector: by }) {
			if (status === "reconnecting" || status === "connecting") return;
			connector = status === "connected" ? by : undefined;
			if (address === undefined || at === undefined || by === undefined) return setWallet(undefined);
			setWallet({ address, chainId: at, name: by.name, demo: by.id === DEMO_RDNS });
		},
	});
	return {
		wagmi,
		async resume() {
			await reconnect(wagmi);
		},
		async connect(wanted) {
			await connect(wagmi, { connector: wanted });
		},
		async disconnect() {
			await disconnect(wagmi);
		},
		async switchToMarket() {
			await switchChain(wagmi, { chainId });
		},
		async provider() {
			if (connector === undefined) throw new Error("no wallet is connected");
			return (await connector.getProvider()) as EIP1193Provider;
		},
	};
}
