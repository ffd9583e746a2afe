import { useMutation } from "@tanstack/react-query";
import type { MarketClient } from "depin";
import { useState } from "react";
import type { Hash as TxHash } from "viem";
import { explain } from "../app/explain.ts";
import { useSite } from "../app/site.ts";
import { signingMarket } from "../chain/market.ts";
import { Button } from "../design/Button.tsx";
import { Hash } from "../design/Hash.tsx";
import { Notice } from "../design/Notice.tsx";
import { openConnection } from "./connection.ts";
import { WalletDialog } from "./WalletDialog.tsx";
import { useWallet } from "./wallet.ts";

type SignButtonProps = {
	label: string;
	tone?: "primary" | "quiet" | "danger";
	/** What is true once the transaction is in a block. */
	done: string;
	disabled?: boolean;
	/** Asks for what is to be signed; `onSent` is told the hash when the endpoint took the transaction. */
	sign: (market: MarketClient, onSent: (hash: TxHash) => void) => Promise<void>;
};

/** One act of the wallet, from the press to the block: connects first, moves to the right chain, then asks. */
export function SignButton({ label, tone = "primary", done, disabled = false, sign }: SignButtonProps) {
	const { config } = useSite();
	const wallet = useWallet();
	const [connecting, setConnecting] = useState(false);
	const [sent, setSent] = useState<TxHash>();
	const moving = useMutation({ mutationFn: () => openConnection(config).switchToMarket() });
	const signing = useMutation({
		async mutationFn() {
			if (wallet === undefined) return;
			setSent(undefined);
			await sign(await signingMarket(config, wallet), setSent);
		},
	});
	const elsewhere = wallet !== undefined && wallet.chainId !== config.chainId;
	return (
		<div className="grid justify-items-start gap-3">
			{wallet === undefined ? (
				<Button tone={tone} disabled={disabled} onClick={() => setConnecting(true)}>
					Connect a wallet to go on
				</Button>
			) : elsewhere ? (
				<Notice
					tone="warn"
					title={`Your wallet is on chain ${wallet.chainId}`}
					action={
						<Button onClick={() => moving.mutate()} busy={moving.isPending}>
							Switch to {config.name}
						</Button>
					}
				>
					This market is on chain {config.chainId}.
				</Notice>
			) : (
				<Button tone={tone} disabled={disabled} onClick={() => signing.mutate()} busy={signing.isPending}>
					{signing.isPending ? (sent === undefined ? "Look into your wallet …" : "Waiting for a block …") : label}
				</Button>
			)}
			{signing.isPending && sent !== undefined && (
				<p role="status" className="text-small text-muted">
					Sent as <Hash value={sent} />. It goes on by itself, also when the connection is lost for a while.
				</p>
			)}
			{connecting && <WalletDialog onClose={() => setConnecting(false)} />}
			<Outcome error={signing.error ?? moving.error} sent={sent} done={signing.isSuccess ? done : undefined} />
		</div>
	);
}

type OutcomeProps = { error: Error | null; sent: TxHash | undefined; done: string | undefined };

function Outcome({ error, sent, done }: OutcomeProps) {
	if (error !== null) {
		const { title, hint, details } = explain(error);
		return (
			<Notice tone="bad" title={title}>
				{hint}
				{sent !== undefined && (
					<span className="block">
						It was sent as <Hash value={sent} /> and may still get into a block; look before you send it again.
					</span>
				)}
				{details.length > 0 && (
					<details className="text-small">
						<summary>Details</summary>
						{details.map((line) => (
							<span key={line} className="block font-mono">
								{line}
							</span>
						))}
					</details>
				)}
			</Notice>
		);
	}
	return done === undefined ? null : <Notice tone="good" title={done} />;
}
