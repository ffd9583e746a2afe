import { formatUnits } from "viem";
import { DepinError } from "../errors/base.ts";

/** The asset's unit as people know it. */
export type AssetUnit = { decimals: number; symbol: string };

/** Text that is not an amount of the asset. */
export class AmountError extends DepinError {
	override readonly code = "amount-invalid";
	constructor(text: string, why: string) {
		super(`"${text}" is not an amount: ${why}`, { hint: 'Write a decimal number such as "0.50".' });
	}
}

/** Base units of a decimal string ("0.50" with 6 decimals = 500000n). Never rounds: too many decimals are refused. */
export function parseAmount(text: string, decimals: number): bigint {
	const match = /^(\d{1,60})(?:\.(\d+))?$/.exec(text);
	if (!match) throw new AmountError(text, "only digits and one decimal point are allowed");
	const [, whole = "0", fraction = ""] = match;
	if (fraction.length > decimals) throw new AmountError(text, `the asset has ${decimals} decimals`);
	return BigInt(whole + fraction.padEnd(decimals, "0"));
}

/** A decimal string without trailing zeros but with at least two decimals ("0.50", "12.00", "0.000001"). */
export function formatAmount(amount: bigint, decimals: number): string {
	const [whole = "0", fraction = ""] = formatUnits(amount, decimals).split(".");
	return decimals === 0 ? whole : `${whole}.${fraction.padEnd(Math.min(2, decimals), "0")}`;
}

/** "0.50 dUSD". */
export function formatAsset(amount: bigint, asset: AssetUnit): string {
	return `${formatAmount(amount, asset.decimals)} ${asset.symbol}`;
}
