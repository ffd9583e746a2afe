import {
	type ContractFunctionArgs,
	type ContractFunctionName,
	type EncodeFunctionDataParameters,
	encodeFunctionData,
	type Hash,
	type Hex,
	type ParseEventLogsReturnType,
	parseEventLogs,
	type TransactionReceipt,
	WaitForTransactionReceiptTimeoutError,
} from "viem";
import { marketAbi } from "../abi/market.ts";
import type { MarketClient } from "../chain/client.ts";
import { AccountMissingError, ReceiptTimeoutError, TransactionRevertedError } from "../errors/chain.ts";
import { explainChainError } from "../errors/revert.ts";

/** Functions of the Market that change state. */
export type MarketFunction = ContractFunctionName<typeof marketAbi, "nonpayable">;
type ArgsOf<name extends MarketFunction> = ContractFunctionArgs<typeof marketAbi, "nonpayable", name>;

/** A decoded event of the Market. */
export type MarketEvent = ParseEventLogsReturnType<typeof marketAbi, undefined, true>[number];

/** What every write action takes besides its own parameters. */
export type WriteOptions = {
	/** Told the hash once the endpoint took the transaction, before any block has it. */
	onSent?: (hash: Hash) => void | Promise<void>;
	/** Overrides the account's next nonce. */
	nonce?: number;
	/** How long to wait for the receipt, in milliseconds. Default 120,000. */
	receiptTimeoutMs?: number;
};

/** What every write action returns: the receipt of a transaction that succeeded, and the Market's events in it. */
export type WriteReturnType = { hash: Hash; receipt: TransactionReceipt; events: MarketEvent[] };

const RECEIPT_TIMEOUT_MS = 120_000;

/** Calldata of one Market call, for `multicall`. */
export function encodeMarketCall<const name extends MarketFunction>(functionName: name, args: ArgsOf<name>): Hex {
	return encodeFunctionData({ abi: marketAbi, functionName, args } as EncodeFunctionDataParameters);
}

/**
 * Tries the call against the pending state, sends it, waits for its block. A refusal is thrown as an error of ours
 * before anything is sent.
 */
export async function writeMarket<const name extends MarketFunction>(
	client: MarketClient,
	functionName: name,
	args: ArgsOf<name>,
	options: WriteOptions = {},
): Promise<WriteReturnType> {
	const { account } = client;
	if (!account) throw new AccountMissingError();
	const to = client.deployment.market;
	const data = encodeMarketCall(functionName, args);
	let hash: Hash;
	try {
		const estimate = await client.estimateGas({ account, to, data, blockTag: "pending" });
		// A fifth more: another transaction in the same block may turn a warm slot cold or a non-zero one zero.
		const gas = (estimate * 6n) / 5n;
		const nonce = options.nonce === undefined ? {} : { nonce: options.nonce };
		hash = await client.sendTransaction({ account, to, data, gas, ...nonce });
	} catch (error) {
		throw explainChainError(error, functionName);
	}
	await options.onSent?.(hash);
	const receipt = await waitForReceipt(client, hash, options.receiptTimeoutMs ?? RECEIPT_TIMEOUT_MS);
	if (receipt.status === "reverted") {
		throw new TransactionRevertedError(hash, await reasonOf(client, { to, data, receipt, functionName }));
	}
	return { hash: receipt.transactionHash, receipt, events: decodeMarketEvents(client, receipt) };
}

/** The Market's events of a receipt. */
export function decodeMarketEvents(client: MarketClient, receipt: TransactionReceipt): MarketEvent[] {
	const market = client.deployment.market.toLowerCase();
	const logs = receipt.logs.filter((log) => log.address.toLowerCase() === market);
	return parseEventLogs({ abi: marketAbi, logs });
}

async function waitForReceipt(client: MarketClient, hash: Hash, timeout: number): Promise<TransactionReceipt> {
	try {
		return await client.waitForTransactionReceipt({ hash, timeout });
	} catch (error) {
		if (error instanceof WaitForTransactionReceiptTimeoutError) throw new ReceiptTimeoutError(hash, error);
		throw explainChainError(error, "waiting for a block");
	}
}

type Reverted = { to: Hex; data: Hex; receipt: TransactionReceipt; functionName: MarketFunction };

/** Why a mined transaction reverted, as far as the same call on that block's state tells. */
async function reasonOf(client: MarketClient, { to, data, receipt, functionName }: Reverted): Promise<unknown> {
	try {
		await client.call({ account: receipt.from, to, data, blockNumber: receipt.blockNumber });
		return undefined;
	} catch (error) {
		return explainChainError(error, functionName);
	}
}
