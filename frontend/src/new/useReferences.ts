// Inputs that are results of other jobs: what the chain says they left, followed to the file, block by block.
import { useQueries } from "@tanstack/react-query";
import type { MarketClient } from "depin";
import { getJobFacts } from "depin/actions";
import { cidOfDigest, createContentClient, DAG_PB, resolvePath } from "depin/storage";
import { useMemo } from "react";
import { zeroHash } from "viem";
import { explain } from "../app/explain.ts";
import { useSite } from "../app/site.ts";
import { useMarket } from "../chain/market.ts";
import { type Find, type Reference, referencesIn } from "./draft.ts";

/** A job that is not done yet may be in a moment. */
const AGAIN_MS = 5_000;

/** Finds what the job file's references stand for; says of the others why not. */
export function useReferences(text: string): Find {
	const { config } = useSite();
	const market = useMarket();
	const references = useMemo(() => referencesIn(text).filter(({ orderId }) => orderId !== zeroHash), [text]);
	const found = useQueries({
		queries: references.map((reference) => ({
			queryKey: ["reference", keyOf(reference)],
			queryFn: () => resolve(market, config.storage.url, reference),
			staleTime: Number.POSITIVE_INFINITY,
			refetchInterval: ({ state }: { state: { data: string | undefined } }) =>
				state.data === undefined ? AGAIN_MS : (false as const),
			retry: false,
		})),
		combine: (results) => results.map(({ data, error }) => data ?? (error === null ? undefined : explain(error))),
	});
	return useMemo(() => {
		const known = new Map(references.map((reference, index) => [keyOf(reference), found[index]]));
		return (reference) => {
			if (reference.orderId === zeroHash)
				return { problem: "names no job yet: put a finished order's id (Account lists yours) in place of the zeros" };
			const answer = known.get(keyOf(reference));
			if (typeof answer === "string") return { cid: answer };
			return { problem: answer === undefined ? "is being looked up …" : `cannot be had: ${answer.title}` };
		};
	}, [references, found]);
}

const keyOf = ({ orderId, job, path }: Reference) => `${orderId}/${job}/${path}`;

async function resolve(market: MarketClient, storage: string, reference: Reference): Promise<string> {
	const { submitted } = await getJobFacts(market, reference);
	const outputs = cidOfDigest(DAG_PB, submitted.result.outputsDigest);
	const cid = await resolvePath(createContentClient({ sources: [storage] }), outputs, reference.path);
	return cid.toString();
}
