// The deployment this mirror follows, read once from the record that the deployment wrote.
import { readFileSync } from "node:fs";
import { type Address, getAddress, isAddress } from "viem";

export type Deployment = {
	chainId: number;
	market: Address;
	asset: Address;
	/** The panel that judges orders which name no other arbiter. */
	arbiter: Address;
	/** Block of the deployment: nothing of the market happened before. */
	startBlock: number;
};

/** A deployment record that is missing or does not say what it must. */
export class DeploymentError extends Error {
	override readonly name = "DeploymentError";
}

/** Reads the record named by `DEPIN_DEPLOYMENT`; fields beyond those of {@link Deployment} are ignored. */
export function readDeployment(path: string | undefined): Deployment {
	if (!path) throw new DeploymentError("DEPIN_DEPLOYMENT is not set: give it the path of the deployment's JSON record");
	let record: unknown;
	try {
		record = JSON.parse(readFileSync(path, "utf8"));
	} catch (cause) {
		throw new DeploymentError(`no deployment record can be read at ${path}`, { cause });
	}
	const field = (name: keyof Deployment): unknown =>
		typeof record === "object" && record !== null ? (record as Record<string, unknown>)[name] : undefined;
	const count = (name: "chainId" | "startBlock"): number => {
		const value = field(name);
		if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
			throw new DeploymentError(`${path}: ${name} must be a whole number`);
		return value;
	};
	const address = (name: "market" | "asset" | "arbiter"): Address => {
		const value = field(name);
		if (typeof value !== "string" || !isAddress(value))
			throw new DeploymentError(`${path}: ${name} must be an address`);
		return getAddress(value);
	};
	return {
		chainId: count("chainId"),
		market: address("market"),
		asset: address("asset"),
		arbiter: address("arbiter"),
		startBlock: count("startBlock"),
	};
}

/** Chains that may start again from zero under the same id: nothing fetched from them is worth keeping. */
export function isLocalChain({ chainId }: Pick<Deployment, "chainId">): boolean {
	return chainId === 31337 || chainId === 1337;
}
