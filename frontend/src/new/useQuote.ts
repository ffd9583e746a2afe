import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { quoteRequestOf } from "depin/indexer";
import { useEffect, useState } from "react";
import type { Address } from "viem";
import { useSite } from "../app/site.ts";
import { useMarket } from "../chain/market.ts";
import { type Draft, lacking, termsOf } from "./draft.ts";

const AFTER_TYPING_MS = 300;
const AGAIN_MS = 5_000;

/** What a draft would cost (from the chain) and who would take it (from the indexer), each as far as it answers. */
export function useQuote(draft: Draft | undefined, consumer: Address | undefined, decimals: number | undefined) {
	const { gateway } = useSite();
	const market = useMarket();
	const settled = useSettled(draft);
	const key = JSON.stringify(settled?.file ?? null);
	const terms = useQuery({
		queryKey: ["chain", "terms", key, consumer, decimals],
		enabled: settled !== undefined && decimals !== undefined,
		retry: false,
		refetchInterval: AGAIN_MS,
		placeholderData: keepPreviousData,
		queryFn: () => termsOf(market, settled as Draft, { consumer, decimals: decimals ?? 0 }),
	});
	const escrow = terms.data?.escrow;
	const deposit = useQuery({
		queryKey: ["chain", "lacking", consumer, String(escrow)],
		enabled: consumer !== undefined && escrow !== undefined,
		retry: false,
		refetchInterval: AGAIN_MS,
		queryFn: () => lacking(market, consumer as Address, escrow ?? 0n),
	});
	const answer = useQuery({
		queryKey: ["quote", key, terms.data === undefined],
		enabled: settled !== undefined && terms.data !== undefined,
		retry: false,
		refetchInterval: AGAIN_MS,
		placeholderData: keepPreviousData,
		async queryFn() {
			const { spec } = settled as Draft;
			if (terms.data === undefined) throw new Error("there are no terms to quote");
			const contents = spec.inputs.map(({ cid }) => cid);
			return gateway.quote(quoteRequestOf(terms.data.order, spec, { images: [spec.image], contents }));
		},
	});
	return { terms, deposit, answer };
}

export type QuoteState = ReturnType<typeof useQuote>;

/** The draft as it is when nobody has typed for a moment. */
function useSettled(draft: Draft | undefined): Draft | undefined {
	const [settled, settle] = useState(draft);
	useEffect(() => {
		const timer = setTimeout(() => settle(draft), AFTER_TYPING_MS);
		return () => clearTimeout(timer);
	}, [draft]);
	return settled;
}
