import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate, useRouter } from "@tanstack/react-router";
import { isOrderId } from "depin";
import { type FieldProblem, SpecInvalidError } from "depin/jobs";
import { useCallback, useEffect, useMemo, useState } from "react";
import { explain } from "../app/explain.ts";
import { ReadFailed } from "../app/ReadFailed.tsx";
import { useSite } from "../app/site.ts";
import { useMarket } from "../chain/market.ts";
import { Field } from "../design/Field.tsx";
import { Page } from "../design/Page.tsx";
import { Section } from "../design/Section.tsx";
import { SignButton } from "../wallet/SignButton.tsx";
import { useWallet } from "../wallet/wallet.ts";
import { type Draft, type Find, postDraft, readDraft } from "./draft.ts";
import { Examples } from "./Examples.tsx";
import { fileOfOrder } from "./fromOrder.ts";
import { JobFileField } from "./JobFileField.tsx";
import { QuoteView } from "./QuoteView.tsx";
import { useExamples } from "./useExamples.ts";
import { useQuote } from "./useQuote.ts";
import { useReferences } from "./useReferences.ts";

const route = getRouteApi("/new");

export function NewOrderPage() {
	const { config, gateway } = useSite();
	const market = useMarket();
	const wallet = useWallet();
	const navigate = useNavigate();
	const router = useRouter();
	const { from } = route.useSearch();
	const examples = useExamples();
	const [text, setText] = useState(examples[0]?.file ?? "");
	const [price, setPrice] = useState<string>();
	const asset = useQuery({ queryKey: ["asset"], queryFn: () => gateway.asset(), staleTime: Number.POSITIVE_INFINITY });
	const decimals = asset.data?.decimals;
	const again = useQuery({
		queryKey: ["file", from],
		enabled: from !== undefined && isOrderId(from) && decimals !== undefined,
		retry: false,
		queryFn: () => fileOfOrder(market, config, { orderId: from as `0x${string}`, decimals: decimals ?? 0 }),
	});
	const write = useCallback((next: string) => {
		setText(next);
		setPrice(undefined);
	}, []);
	useEffect(() => {
		if (again.data !== undefined) write(again.data);
	}, [again.data, write]);
	const first = examples[0]?.file;
	useEffect(() => {
		if (first !== undefined && from === undefined) setText((now) => (now === "" ? first : now));
	}, [first, from]);
	const find = useReferences(text);
	const read = useMemo(() => attempt(text, price, find), [text, price, find]);
	const draft = "draft" in read ? read.draft : undefined;
	const quote = useQuote(draft, wallet?.address, decimals);
	const priceProblem = "problems" in read ? read.problems.find(({ field }) => field === "order.price") : undefined;
	const others = "problems" in read ? read.problems.filter((one) => one !== priceProblem) : [];
	return (
		<Page
			title="New order"
			lead="Say what to run and what it may cost. You sign once; a node starts it within seconds."
		>
			{again.error !== null && <ReadFailed error={again.error} what="That order's job file" />}
			<div className="grid items-start gap-5 lg:grid-cols-[1fr_24rem]">
				<div className="grid min-w-0 gap-5">
					<Section title="What to run">
						<div className="grid gap-4">
							<Examples examples={examples} chosen={text} onChoose={write} />
							<JobFileField text={text} problems={text.trim() === "" ? [] : others} onChange={write} />
						</div>
					</Section>
				</div>
				<Section title="What it costs">
					<div className="grid gap-4">
						<Field
							label="Price of a job"
							inputMode="decimal"
							autoComplete="off"
							value={price ?? draft?.file.order.price ?? ""}
							onChange={({ target }) => setPrice(target.value)}
							hint={asset.data === undefined ? "" : `In ${asset.data.symbol}. Unused money comes back.`}
							error={priceProblem?.problem}
						/>
						<QuoteView quote={quote} wallet={wallet} />
						<SignButton
							label="Sign and post"
							done="Posted."
							disabled={draft === undefined || decimals === undefined || quote.terms.data === undefined}
							sign={async (signer, onSent) => {
								if (draft === undefined || decimals === undefined) return;
								const orderId = await postDraft(signer, config, draft, { decimals, onSent });
								// Who went elsewhere meanwhile is left there.
								if (router.state.location.pathname !== "/new") return;
								await navigate({ to: "/orders/$orderId", params: { orderId } });
							}}
						/>
					</div>
				</Section>
			</div>
		</Page>
	);
}

type Read = { draft: Draft } | { problems: readonly FieldProblem[] };

function attempt(text: string, price: string | undefined, find: Find): Read {
	try {
		return { draft: readDraft(text, price, find) };
	} catch (error) {
		if (error instanceof SpecInvalidError) return { problems: error.problems };
		return { problems: [{ field: "", problem: explain(error).title }] };
	}
}
