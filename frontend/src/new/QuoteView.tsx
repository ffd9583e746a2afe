import type { QuoteAnswer, QuoteConstraint } from "depin/indexer";
import { explain } from "../app/explain.ts";
import { formatSpan, useAmount } from "../app/format.ts";
import { Badge } from "../design/Badge.tsx";
import { Facts } from "../design/Facts.tsx";
import { Notice } from "../design/Notice.tsx";
import type { Wallet } from "../wallet/wallet.ts";
import type { QuoteState } from "./useQuote.ts";

const words: Record<QuoteConstraint, string> = {
	class: "class",
	node: "node",
	bond: "bond",
	tier: "isolation",
	network: "network",
	cpus: "CPUs",
	memoryMiB: "memory (MiB)",
	gpus: "GPUs",
	diskMiB: "disk (MiB)",
	maxPrice: "price",
};

type QuoteViewProps = { quote: QuoteState; wallet: Wallet | undefined };

/** What it costs at most, who would take it, and when nobody would, why. */
export function QuoteView({ quote: { terms, deposit, answer }, wallet }: QuoteViewProps) {
	const amount = useAmount();
	const cost = terms.data;
	const failed = terms.error ?? deposit.error;
	return (
		<div className="grid gap-4" aria-live="polite">
			<Facts
				of={[
					["Jobs", cost === undefined ? "–" : cost.jobs],
					["Most you can lose", <strong key="most">{cost === undefined ? "–" : amount(cost.escrow)}</strong>],
					["From your wallet", fromWallet(deposit.data, wallet, amount)],
					["Starts in about", answer.data === undefined ? "–" : start(answer.data)],
				]}
			/>
			{failed !== null && (
				<Notice tone="bad" title={explain(failed).title}>
					{explain(failed).details.map((line) => (
						<span key={line} className="block">
							{line}
						</span>
					))}
					{explain(failed).hint}
				</Notice>
			)}
			{answer.data !== undefined && <Matches answer={answer.data} />}
			{answer.error !== null && (
				<p className="text-small text-muted">
					Who would take it is not known now: {explain(answer.error).title}.
					{cost !== undefined && ` The chain has ${cost.active} active nodes in the class.`}
				</p>
			)}
		</div>
	);
}

function fromWallet(
	deposit: bigint | undefined,
	wallet: Wallet | undefined,
	amount: (units: bigint) => string,
): string {
	if (wallet === undefined) return "connect one to see";
	if (deposit === undefined) return "–";
	return deposit === 0n ? "nothing; your balance covers it" : `${amount(deposit)}, by one signature`;
}

function start({ start: { seconds } }: QuoteAnswer): string {
	return seconds === null ? "not known yet" : formatSpan(seconds);
}

function Matches({ answer }: { answer: QuoteAnswer }) {
	const amount = useAmount();
	const meeting = answer.constraints.at(-1)?.remaining ?? 0;
	const value = (constraint: QuoteConstraint, text: string) =>
		constraint === "maxPrice" || constraint === "bond" ? amount(BigInt(text)) : text;
	const losing = answer.constraints.flatMap(({ constraint, asked, remaining }, index) => {
		const before = answer.constraints[index - 1]?.remaining ?? answer.live;
		return remaining < before ? [{ constraint, asked, before, remaining }] : [];
	});
	return (
		<div className="grid gap-2">
			<p className="flex flex-wrap items-center gap-2">
				<Badge tone={meeting > 0 ? "good" : "bad"}>
					{meeting} of {answer.live} live {answer.live === 1 ? "node" : "nodes"}
				</Badge>
				<span>{meeting > 0 ? `would take it, ${answer.free} with room now` : "would take it"}</span>
			</p>
			{losing.length > 0 && (
				<div>
					<p className="font-medium">{meeting === 0 ? "Why nothing matches" : "Who is left out"}</p>
					<ul className="text-small">
						{losing.map(({ constraint, asked, before, remaining }) => (
							<li key={constraint}>
								{words[constraint]} {value(constraint, asked)}: {before} to {remaining}
							</li>
						))}
					</ul>
				</div>
			)}
			{answer.relax.length > 0 && (
				<div>
					<p className="font-medium">What would help</p>
					<ul className="text-small">
						{answer.relax.map(({ changes, gains }) => (
							<li key={JSON.stringify(changes)}>
								{changes
									.map(
										({ constraint, asked, to }) =>
											`${words[constraint]} ${value(constraint, asked)} → ${value(constraint, to)}`,
									)
									.join(" and ")}
								: {gains} more
							</li>
						))}
					</ul>
				</div>
			)}
			{answer.clears !== null && answer.clears > 0n && (
				<p className="text-small text-muted">It would clear at {amount(answer.clears)} now.</p>
			)}
			{!answer.deterrence.holds && (
				<p className="text-small text-muted">
					Checks by chance alone do not make cheating at this price a loss: verify the result before you accept it.
				</p>
			)}
		</div>
	);
}
