import type { Address, Hash, Hex } from "viem";
import { DepinError } from "./base.ts";

/** The RPC endpoint does not answer. `sending`: a transaction was on its way, and may be mined all the same. */
export class RpcUnreachableError extends DepinError {
	override readonly code = "rpc-unreachable";
	override readonly retriable = true;
	constructor(url: string, cause?: unknown, { sending = false } = {}) {
		const where = `the chain's RPC endpoint ${originOf(url)}`;
		super(sending ? `${where} fell silent with a transaction on its way` : `no answer from ${where}`, {
			cause,
			hint: sending
				? "It may have been taken all the same. Look at your orders and balance first; do not send it again before."
				: "Check that the chain is running and that the profile's rpcUrl is right, then try again.",
		});
	}
}

/** The endpoint serves another chain than the profile names; nothing was signed. */
export class WrongChainError extends DepinError {
	override readonly code = "wrong-chain";
	constructor({ expected, actual, url }: { expected: number; actual: number; url: string }) {
		super(`${originOf(url)} serves chain ${actual}, the profile says chain ${expected}; nothing was signed`, {
			hint: `Point the profile at an endpoint of chain ${expected}, or use the profile of chain ${actual}.`,
		});
	}
}

/** No contract lives at the Market's address. */
export class MarketMissingError extends DepinError {
	override readonly code = "market-missing";
	constructor(market: Address, chainId: number) {
		super(`there is no Market at ${market} on chain ${chainId}`, {
			hint: "The local network may have been reset: start it again, or correct the profile's market address.",
		});
	}
}

/** A write was asked of a client that has no account. */
export class AccountMissingError extends DepinError {
	override readonly code = "account-missing";
	constructor() {
		super("this needs a key to sign with, and none was given", {
			hint: "Make an account with `depin wallet create` and name its file in the profile, or set DEPIN_KEY.",
		});
	}
}

/** The account holds less of the asset than the call needs; nothing was sent. `amounts` are ready for reading. */
export class InsufficientAssetError extends DepinError {
	override readonly code = "insufficient-funds";
	constructor({ account, needed, available }: { account: Address; needed: string; available: string }) {
		super(`${account} needs ${needed} more, and its wallet holds ${available}; nothing was sent`, {
			hint: `Send at least ${needed} to ${account}, or lower the price in the job file.`,
		});
	}
}

/** The account cannot pay the transaction fee in the chain's own coin. */
export class InsufficientGasError extends DepinError {
	override readonly code = "insufficient-gas";
	constructor(account: Address | undefined, cause?: unknown) {
		super(`${account ?? "the account"} cannot pay the transaction fee; nothing was sent`, {
			cause,
			hint: "Send some of the chain's own coin to the account, then try again.",
		});
	}
}

/** Another transaction of the account was sent at the same time and came first; this one was not taken. */
export class NonceTakenError extends DepinError {
	override readonly code = "nonce-taken";
	override readonly retriable = true;
	constructor(cause?: unknown) {
		super("another transaction of this account was sent at the same time and came first; this one was not taken", {
			cause,
			hint: "Run it again.",
		});
	}
}

/** A transaction was mined and reverted; only its fee was spent. */
export class TransactionRevertedError extends DepinError {
	override readonly code = "transaction-reverted";
	constructor(hash: Hash, cause?: unknown) {
		super(`transaction ${hash} was mined but reverted; it moved no money but its fee`, {
			cause,
			hint: "Something changed between the check and the block. Look at the job's state, then try again.",
		});
	}
}

/** A transaction was sent, but no block had it in time. It may still be mined. */
export class ReceiptTimeoutError extends DepinError {
	override readonly code = "receipt-timeout";
	override readonly retriable = true;
	constructor(hash: Hash, cause?: unknown) {
		super(`transaction ${hash} was sent, but no block has it yet; it may still be mined`, {
			cause,
			hint: "Look the hash up before sending anything again.",
		});
	}
}

/** No `Posted` event carries this id. */
export class OrderNotFoundError extends DepinError {
	override readonly code = "order-not-found";
	constructor(orderId: Hex, market: Address) {
		super(`no order ${orderId} was posted on the Market ${market}`, {
			hint: "Check the id and the profile; `depin ps` lists your orders.",
		});
	}
}

/** The order has no job of this number. */
export class JobNotFoundError extends DepinError {
	override readonly code = "job-not-found";
	constructor(orderId: Hex, job: number, jobs: number) {
		super(`order ${orderId} has no job ${job}; its jobs are 0 to ${jobs - 1}`);
	}
}

/** The job has no result to settle or read yet. */
export class NotSubmittedError extends DepinError {
	override readonly code = "not-submitted";
	constructor(orderId: Hex, job: number, state: string) {
		super(`job ${orderId}/${job} has no submitted result: it is ${state}`, {
			hint: "`depin status` shows what it waits for.",
		});
	}
}

/** Nobody registered this node. */
export class NodeNotFoundError extends DepinError {
	override readonly code = "node-not-found";
	constructor(node: Address) {
		super(`no node ${node} is registered`, { hint: "Register it with `depin provider register`." });
	}
}

/** The endpoint without its path and query: providers put keys there. */
function originOf(url: string): string {
	return URL.canParse(url) ? new URL(url).origin : url;
}
