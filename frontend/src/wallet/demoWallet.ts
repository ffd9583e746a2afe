// A wallet for looking around on a local chain: its key is one of the published test keys, so it must never hold anything.
// It announces itself as any wallet does (EIP-6963), and the page treats it as one.
import {
	type Address,
	createWalletClient,
	type EIP1193RequestFn,
	type Hex,
	hexToBigInt,
	http,
	type TypedDataDefinition,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import iconUrl from "./demoIcon.svg?no-inline";

export const DEMO_RDNS = "dev.depin.demo";

type SentTransaction = { to?: Address; data?: Hex; value?: Hex; gas?: Hex };

export function announceDemoWallet({ key, rpcUrl }: { key: Hex; rpcUrl: string }): void {
	const info = {
		uuid: crypto.randomUUID(),
		name: "Demo wallet",
		icon: new URL(iconUrl, document.baseURI).href,
		rdns: DEMO_RDNS,
	};
	const detail = Object.freeze({ info: Object.freeze(info), provider: demoProvider(key, rpcUrl) });
	const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
	window.addEventListener("eip6963:requestProvider", announce);
	announce();
}

function demoProvider(key: Hex, rpcUrl: string) {
	const account = privateKeyToAccount(key);
	const client = createWalletClient({ account, transport: http(rpcUrl) });
	const forward: EIP1193RequestFn = client.request as EIP1193RequestFn;
	const answers: Record<string, (params: readonly unknown[]) => unknown> = {
		eth_requestAccounts: () => [account.address],
		eth_accounts: () => [account.address],
		wallet_requestPermissions: () => [{ parentCapability: "eth_accounts" }],
		wallet_revokePermissions: () => null,
		wallet_switchEthereumChain: () => null,
		eth_signTypedData_v4: ([, data]) => account.signTypedData(JSON.parse(String(data)) as TypedDataDefinition),
		eth_sendTransaction: ([sent]) => {
			const { to, data, value, gas } = sent as SentTransaction;
			return client.sendTransaction({
				chain: null,
				...(to === undefined ? {} : { to }),
				...(data === undefined ? {} : { data }),
				...(value === undefined ? {} : { value: hexToBigInt(value) }),
				...(gas === undefined ? {} : { gas: hexToBigInt(gas) }),
			});
		},
	};
	return {
		async request({ method, params = [] }: { method: string; params?: readonly unknown[] }) {
			const answer = answers[method];
			return answer === undefined ? forward({ method, params } as never) : answer(params);
		},
		on: () => {},
		removeListener: () => {},
	};
}
