import {
	AbiErrorSignatureNotFoundError,
	BaseError,
	ContractFunctionRevertedError,
	ContractFunctionZeroDataError,
	decodeErrorResult,
	type Hex,
	HttpRequestError,
	type InsufficientFundsError,
	isHex,
	parseAbi,
	SocketClosedError,
	TimeoutError,
	WebSocketRequestError,
} from "viem";
import { marketAbi } from "../abi/market.ts";
import { panelArbiterAbi } from "../abi/panelArbiter.ts";
import { DepinError, findCause } from "./base.ts";
import { InsufficientGasError, NonceTakenError, RpcUnreachableError } from "./chain.ts";
import { type Explanation, marketErrors } from "./marketErrors.ts";
import { panelErrors } from "./panelErrors.ts";

/** The Market refused a call. Nothing moved. */
export class MarketRefusedError extends DepinError {
	override readonly code = "market-refused";
	override readonly retriable: boolean;
	/** Name of the custom error, or the raw selector when no ABI knows it. */
	readonly errorName: string;
	readonly args: readonly unknown[];

	/** @param table of the contract that refused: the Market, or the arbiter that it asked */
	constructor(
		call: string,
		errorName: string,
		args: readonly unknown[],
		cause?: unknown,
		table: Readonly<Record<string, Explanation>> = marketErrors,
	) {
		const explanation = Object.hasOwn(table, errorName) ? table[errorName] : undefined;
		super(explanation?.says(...args) ?? `${call} was refused with ${errorName}(${args.join(", ")})`, {
			cause,
			meta: [`${call} was refused: ${errorName}(${args.join(", ")})`],
			...(explanation ? { hint: explanation.hint } : {}),
		});
		this.retriable = explanation?.retriable ?? false;
		this.errorName = errorName;
		this.args = args;
	}
}

/** Turns what viem threw during `call` into an error of ours; anything unknown comes back unchanged. */
export function explainChainError(error: unknown, call: string): unknown {
	if (error instanceof DepinError) return error;
	const revert = findCause(error, (cause) => cause instanceof ContractFunctionRevertedError);
	if (revert) return explainRevert(revert, call, error);
	const data = revertDataOf(error);
	if (data) return explainRevertData(data, call, error);
	const lost = findCause(
		error,
		(cause) =>
			cause instanceof HttpRequestError ||
			cause instanceof WebSocketRequestError ||
			cause instanceof SocketClosedError ||
			cause instanceof TimeoutError,
	);
	if (lost) {
		const url = "url" in lost && lost.url ? lost.url : "of the profile";
		return new RpcUnreachableError(url, error, { sending: wasSending(lost) });
	}
	const broke = findCause(
		error,
		(cause): cause is InsufficientFundsError => cause instanceof BaseError && cause.name === "InsufficientFundsError",
	);
	if (broke) return new InsufficientGasError(undefined, error);
	if (findCause(error, isNonceTaken)) return new NonceTakenError(error);
	const empty = findCause(error, (cause) => cause instanceof ContractFunctionZeroDataError);
	if (empty) return new MarketRefusedError(call, "no contract code at the address", [], error);
	return error;
}

/** Its number is used already, or waits for a block under another transaction. */
const isNonceTaken = (cause: unknown): cause is BaseError =>
	cause instanceof BaseError &&
	(cause.name === "NonceTooLowError" || /replacement transaction underpriced/i.test(cause.details));

/** A transaction was on its way: the endpoint may have taken it before it fell silent. */
function wasSending(lost: Error): boolean {
	const body = "body" in lost ? lost.body : undefined;
	const method = typeof body === "object" && body !== null && "method" in body ? String(body.method) : "";
	return method.startsWith("eth_send");
}

function explainRevert(revert: ContractFunctionRevertedError, call: string, cause: unknown): MarketRefusedError {
	if (revert.raw && revert.raw.length >= 10) return explainRevertData(revert.raw, call, cause);
	if (revert.data) return new MarketRefusedError(call, revert.data.errorName, revert.data.args ?? [], cause);
	return new MarketRefusedError(call, revert.signature ?? revert.reason ?? "no reason", [], cause);
}

/** Revert data of a call that viem made without an ABI. */
function revertDataOf(error: unknown): Hex | undefined {
	const carrier = findCause(
		error,
		(cause): cause is Error & { data: unknown } =>
			cause instanceof Error && "data" in cause && cause.data !== undefined,
	);
	const data = carrier?.data;
	const hex = typeof data === "object" && data !== null && "data" in data ? data.data : data;
	return isHex(hex) && hex.length >= 10 ? hex : undefined;
}

const arbiterAbi = [...panelArbiterAbi, ...parseAbi(["error RoundToCome(uint64 round, uint256 time)"])];

function explainRevertData(data: Hex, call: string, cause: unknown): MarketRefusedError {
	const refusals = [
		{ abi: marketAbi, table: marketErrors },
		{ abi: arbiterAbi, table: panelErrors },
	];
	for (const { abi, table } of refusals) {
		try {
			const { errorName, args } = decodeErrorResult({ abi, data });
			return new MarketRefusedError(call, errorName, args ?? [], cause, table);
		} catch (error) {
			if (!(error instanceof AbiErrorSignatureNotFoundError)) throw error;
		}
	}
	return new MarketRefusedError(call, data.slice(0, 10), [], cause);
}
