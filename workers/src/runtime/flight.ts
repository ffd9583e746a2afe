import { explainChainError, type MarketClient } from "depin";
import {
	type Abi,
	type Address,
	encodeFunctionData,
	type Hash,
	type Hex,
	keccak256,
	type LocalAccount,
	type TransactionReceipt,
	TransactionReceiptNotFoundError,
} from "viem";
import { isRetriable, OperatorError, oneLine, WorkerError } from "./errors.ts";
import type { Logger } from "./log.ts";

/** What one key's transactions have in common. */
export type Sender = {
	client: MarketClient;
	account: LocalAccount;
	signal: AbortSignal;
	log: Logger;
	stuckAfterMs: number;
	/** Nonces of the calls that are on their way. */
	inFlight: Set<number>;
	/** Ends after `ms`, or earlier when there is reason to look. */
	pause(ms: number): Promise<void>;
};

/** What is called: the Market, or a contract that it trusts. */
export type Target = { address: Address; abi: Abi };

/** One call on its way: a nonce, and every transaction that was signed for it. */
export type Flight = {
	target: Target;
	call: string;
	args: readonly unknown[];
	nonce: number;
	gas: bigint;
	fees: { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };
	raw: Hex;
	hashes: Hash[];
	/** Awaited before anything leaves the machine. */
	beforeSend: ((hash: Hash) => void | Promise<void>) | undefined;
};

/** The moment after which the call makes no sense passed before it was sent. */
export class TooLateError extends WorkerError {}

export type FlightPlan = Pick<Flight, "target" | "call" | "args" | "beforeSend"> & {
	nonce: number | undefined;
	tooLate: (() => boolean) | undefined;
};

/** Tries the call on the pending state, then fixes gas, fees and nonce. Throws the Market's refusal in its own words. */
export async function planFlight(sender: Sender, { tooLate, ...plan }: FlightPlan): Promise<Flight> {
	const { client, account } = sender;
	const { address } = account;
	const { target, call, args, beforeSend } = plan;
	const [estimate, fees, nonce] = await Promise.all([
		estimateGas(sender, plan),
		client.estimateFeesPerGas(),
		plan.nonce ?? client.getTransactionCount({ address, blockTag: "pending" }),
	]);
	if (tooLate?.()) throw new TooLateError("too-late", `${call}: its time is over; nothing was sent`);
	// A fifth more: another transaction in the same block may turn a warm slot cold.
	return { target, call, args, beforeSend, nonce, gas: (estimate * 6n) / 5n, fees, raw: "0x", hashes: [] };
}

async function estimateGas(
	{ client, account }: Sender,
	plan: Pick<Flight, "target" | "call" | "args">,
): Promise<bigint> {
	const parameters = { ...contractCall(plan), account, blockTag: "pending" as const };
	try {
		return await client.estimateContractGas(parameters);
	} catch (error) {
		throw explainChainError(error, plan.call);
	}
}

/** The types of the call were checked where it was made; viem's cannot be carried through a queue of mixed calls. */
function contractCall({ target, call, args }: Pick<Flight, "target" | "call" | "args">) {
	return { ...target, functionName: call, args };
}

export async function sign({ client, account }: Sender, flight: Flight): Promise<void> {
	const { nonce, gas, fees } = flight;
	const { chainId } = client.deployment;
	const to = flight.target.address;
	const data = encodeFunctionData(contractCall(flight));
	flight.raw = await account.signTransaction({ type: "eip1559", chainId, to, data, nonce, gas, ...fees });
	const hash = keccak256(flight.raw);
	await flight.beforeSend?.(hash);
	flight.hashes.push(hash);
}

export type Broadcast = { kind: "sent" } | { kind: "nonce-used" | "refused"; error: unknown };

export async function broadcast({ client, account }: Sender, { raw }: Flight): Promise<Broadcast> {
	try {
		await client.sendRawTransaction({ serializedTransaction: raw });
		return { kind: "sent" };
	} catch (error) {
		// No answer: it may have arrived. The receipt or the next broadcast will tell.
		if (isRetriable(error)) return { kind: "sent" };
		const text = String(error);
		if (/already known|known transaction|already imported/i.test(text)) return { kind: "sent" };
		if (/nonce.*too low|nonce has already been used|replacement.*underpriced/i.test(text))
			return { kind: "nonce-used", error };
		if (!/(insufficient|enough) funds/i.test(text)) return { kind: "refused", error };
		const fix = `send some of chain ${client.deployment.chainId}'s own coin to ${account.address}`;
		return {
			kind: "refused",
			error: new OperatorError("no-gas", `the key cannot pay the fee; ${fix}`, { cause: error }),
		};
	}
}

/** Waits for whichever of the flight's transactions gets mined, pushing it when it is stuck. */
export async function land(sender: Sender, flight: Flight): Promise<TransactionReceipt | "nonce-lost"> {
	const { client, signal, log, stuckAfterMs } = sender;
	let pushedAt = performance.now();
	for (let look = 0, pushes = 0; ; look += 1) {
		try {
			const receipt = await findReceipt(client, flight.hashes);
			if (receipt) return receipt;
			if (performance.now() - pushedAt >= stuckAfterMs) {
				if (await isHopeless(sender, flight)) return (await findReceipt(client, flight.hashes)) ?? "nonce-lost";
				pushes += 1;
				pushedAt = performance.now();
				await push(sender, flight, pushes);
			}
		} catch (error) {
			signal.throwIfAborted();
			if (!isRetriable(error)) throw error;
			log.warn({ call: flight.call, cause: oneLine(error) }, "looking for a receipt failed, trying again");
		}
		await sender.pause(Math.min(50 * 2 ** Math.min(look, 5), 1_000));
	}
}

/** First the same transaction again, in case it was dropped; from then on a dearer one in its place. */
async function push(sender: Sender, flight: Flight, pushes: number): Promise<void> {
	if (pushes > 1) {
		const now = await sender.client.estimateFeesPerGas();
		flight.fees = {
			maxFeePerGas: raised(flight.fees.maxFeePerGas, now.maxFeePerGas),
			maxPriorityFeePerGas: raised(flight.fees.maxPriorityFeePerGas, now.maxPriorityFeePerGas),
		};
		await sign(sender, flight);
	}
	const { call, nonce, hashes } = flight;
	sender.log.warn({ call, nonce, pushes, hash: hashes.at(-1) }, "no block yet, sending again");
	await broadcast(sender, flight);
}

/** A quarter more: pools refuse a replacement that adds less than a tenth. */
function raised(old: bigint, current: bigint): bigint {
	const least = (old * 5n) / 4n + 1n;
	return least > current ? least : current;
}

/** The nonce is used up by somebody else, or one before it is missing (a reorg dropped it) and nobody is bringing it. */
async function isHopeless({ client, account, inFlight }: Sender, { nonce }: Flight): Promise<boolean> {
	const next = await client.getTransactionCount({ address: account.address, blockTag: "latest" });
	if (next > nonce) return true;
	for (let before = next; before < nonce; before += 1) if (!inFlight.has(before)) return true;
	return false;
}

async function findReceipt(client: MarketClient, hashes: readonly Hash[]): Promise<TransactionReceipt | undefined> {
	for (const hash of hashes) {
		try {
			return await client.getTransactionReceipt({ hash });
		} catch (error) {
			if (!(error instanceof TransactionReceiptNotFoundError)) throw error;
		}
	}
	return undefined;
}

/** Why a mined transaction reverted, as far as the same call on that block's state tells. */
export async function whyReverted({ client, account }: Sender, flight: Flight, receipt: TransactionReceipt) {
	const parameters = { ...contractCall(flight), account, blockNumber: receipt.blockNumber };
	try {
		await client.simulateContract(parameters);
		return undefined;
	} catch (error) {
		return explainChainError(error, flight.call);
	}
}
