import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Hex } from "viem";
import type { Deployment } from "./deploy.ts";

export interface ProfileParts {
	rpcUrl: string;
	deployment: Deployment;
	storage: { url: string; token: string };
	mirrorUrl: string | undefined;
	/** The demo consumer's key: public, of the well-known phrase, worth nothing anywhere else. */
	key: Hex;
}

/** Writes the consumer's profile that `depin` finds by itself inside the clone. */
export function writeProfile(path: string, { rpcUrl, deployment, storage, mirrorUrl, key }: ProfileParts): void {
	const profile = {
		name: "devnet",
		chainId: deployment.chainId,
		rpcUrl,
		market: deployment.market,
		asset: deployment.asset,
		fromBlock: String(deployment.startBlock),
		storage,
		...(mirrorUrl === undefined ? {} : { indexer: { url: mirrorUrl } }),
		allowPrivateSources: true,
		key,
	};
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, `${JSON.stringify(profile, undefined, "\t")}\n`, { mode: 0o600 });
}
