// A browser wallet whose other half is this process: it announces itself by EIP-6963 and signs with a viem account.
import type { Page } from "playwright-core";
import { createWalletClient, type Hex, hexToBigInt, http, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

export type TestWallet = {
	/** Answers the next things to sign with "no", as a person would. */
	refuses: boolean;
	/** The chain it is on. */
	chainId: number;
	/** Methods it was asked that need a person. */
	asked: string[];
	/** Told before a transaction goes out. */
	beforeSend: () => Promise<void>;
	/** Told when the endpoint took it. */
	afterSend: () => Promise<void>;
};

type Asked = { method: string; params?: unknown[] };
type Answered = { result: unknown } | { code: number; message: string };

const REFUSED: Answered = { code: 4001, message: "User rejected the request." };

export async function injectWallet(page: Page, options: { key: Hex; rpcUrl: string; chainId: number }) {
	const account = privateKeyToAccount(options.key);
	const client = createWalletClient({ account, transport: http(options.rpcUrl) });
	const wallet: TestWallet = {
		refuses: false,
		chainId: options.chainId,
		asked: [],
		beforeSend: async () => {},
		afterSend: async () => {},
	};
	const signs = async (method: string, sign: () => Promise<unknown>): Promise<Answered> => {
		wallet.asked.push(method);
		return wallet.refuses ? REFUSED : { result: await sign() };
	};
	async function answer({ method, params = [] }: Asked): Promise<Answered> {
		switch (method) {
			case "eth_requestAccounts":
			case "eth_accounts":
				return { result: [account.address] };
			case "eth_chainId":
				return { result: toHex(wallet.chainId) };
			case "wallet_switchEthereumChain": {
				const [{ chainId }] = params as [{ chainId: Hex }];
				return signs(method, async () => {
					wallet.chainId = Number(chainId);
					return null;
				});
			}
			case "eth_signTypedData_v4":
				return signs(method, () => account.signTypedData(JSON.parse(String(params[1]))));
			case "eth_sendTransaction": {
				const [{ to, data, gas }] = params as [{ to: Hex; data: Hex; gas: Hex }];
				return signs(method, async () => {
					await wallet.beforeSend();
					const hash = await client.sendTransaction({ chain: null, to, data, gas: hexToBigInt(gas) });
					await wallet.afterSend();
					return hash;
				});
			}
			default:
				return { code: 4200, message: `${method} is not supported` };
		}
	}
	await page.exposeFunction("askTestWallet", answer);
	await page.addInitScript(announce);
	return wallet;
}

/** Runs in the page. */
function announce(): void {
	type Listener = (value: unknown) => void;
	const listeners = new Map<string, Set<Listener>>();
	const ask = (window as unknown as { askTestWallet: (asked: unknown) => Promise<Answered> }).askTestWallet;
	const provider = {
		async request(asked: { method: string; params?: [{ chainId?: string }] }) {
			const answered = await ask(asked);
			if ("code" in answered) throw Object.assign(new Error(answered.message), { code: answered.code });
			if (asked.method === "wallet_switchEthereumChain")
				for (const listener of listeners.get("chainChanged") ?? []) listener(asked.params?.[0].chainId);
			return answered.result;
		},
		on: (name: string, listener: Listener) => {
			listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
		},
		removeListener: (name: string, listener: Listener) => listeners.get(name)?.delete(listener),
	};
	const icon = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>";
	const info = { uuid: crypto.randomUUID(), name: "Test wallet", icon, rdns: "test.wallet" };
	const detail = Object.freeze({ info, provider });
	const say = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
	window.addEventListener("eip6963:requestProvider", say);
	say();
}
