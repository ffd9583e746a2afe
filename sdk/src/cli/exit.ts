import { DepinError } from "../errors/base.ts";
import { MarketRefusedError } from "../errors/revert.ts";

/** What the process ends with; scripts rely on these numbers. */
export const exitCode = {
	ok: 0,
	failure: 1,
	usage: 2,
	notFound: 3,
	auth: 4,
	funds: 5,
	timeout: 6,
	jobFailed: 7,
	interrupted: 130,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Error codes that end in something else than 1. */
const byCode: Readonly<Record<string, ExitCode>> = {
	usage: exitCode.usage,
	"profile-missing": exitCode.usage,
	"profile-invalid": exitCode.usage,
	"amount-invalid": exitCode.usage,
	"job-ref-invalid": exitCode.usage,
	"field-range": exitCode.usage,
	"spec-invalid": exitCode.usage,
	"cid-invalid": exitCode.usage,
	"order-not-found": exitCode.notFound,
	"job-not-found": exitCode.notFound,
	"node-not-found": exitCode.notFound,
	"not-submitted": exitCode.notFound,
	"content-unavailable": exitCode.notFound,
	"path-not-found": exitCode.notFound,
	"job-input-invalid": exitCode.notFound,
	"channel-missing": exitCode.notFound,
	"channel-refused": exitCode.auth,
	"account-missing": exitCode.auth,
	"key-exposed": exitCode.auth,
	"keystore-invalid": exitCode.usage,
	"keystore-exists": exitCode.usage,
	"passphrase-wrong": exitCode.auth,
	"passphrase-missing": exitCode.auth,
	"insufficient-funds": exitCode.funds,
	"insufficient-gas": exitCode.funds,
	"wait-timeout": exitCode.timeout,
	"receipt-timeout": exitCode.timeout,
	"job-failed": exitCode.jobFailed,
	"checks-failed": exitCode.failure,
	interrupted: exitCode.interrupted,
};

/** Refusals of the Market that end in something else than 1. */
const byRefusal: Readonly<Record<string, ExitCode>> = {
	BalanceTooLow: exitCode.funds,
	ERC20InsufficientBalance: exitCode.funds,
	NodeStakeTooLow: exitCode.funds,
	OrderNotYours: exitCode.auth,
	NodeNotOwned: exitCode.auth,
	JobNotYours: exitCode.auth,
	AccessManagedUnauthorized: exitCode.auth,
	OrderUnknown: exitCode.notFound,
	JobUnknown: exitCode.notFound,
	NodeUnknown: exitCode.notFound,
	TermOutOfBounds: exitCode.usage,
	ClassUnknown: exitCode.usage,
};

export function exitCodeOf(error: unknown): ExitCode {
	if (error instanceof MarketRefusedError) return byRefusal[error.errorName] ?? exitCode.failure;
	if (error instanceof DepinError) return byCode[error.code] ?? exitCode.failure;
	return exitCode.failure;
}
