import { useQuery } from "@tanstack/react-query";
import { depositWithPermit, getAccount, withdraw } from "depin/actions";
import { useState } from "react";
import { useAmount } from "../app/format.ts";
import { ReadFailed } from "../app/ReadFailed.tsx";
import { useMarket } from "../chain/market.ts";
import { Button } from "../design/Button.tsx";
import { EmptyState } from "../design/EmptyState.tsx";
import { Hash } from "../design/Hash.tsx";
import { Page } from "../design/Page.tsx";
import { Section } from "../design/Section.tsx";
import { WalletDialog } from "../wallet/WalletDialog.tsx";
import { useWallet, type Wallet } from "../wallet/wallet.ts";
import { MoveMoney } from "./MoveMoney.tsx";
import { Orders } from "./Orders.tsx";

export function AccountPage() {
	const wallet = useWallet();
	return (
		<Page title="Account" lead="Your money on this market, and what you ordered with it.">
			{wallet === undefined ? <NoWallet /> : <Account key={wallet.address} wallet={wallet} />}
		</Page>
	);
}

function NoWallet() {
	const [open, setOpen] = useState(false);
	return (
		<Section title="No wallet is connected" flush>
			<EmptyState
				title="Connect one to see its balance and orders"
				action={
					<Button tone="primary" onClick={() => setOpen(true)}>
						Connect a wallet
					</Button>
				}
			>
				Everything else on this site can be read without.
			</EmptyState>
			{open && <WalletDialog onClose={() => setOpen(false)} />}
		</Section>
	);
}

const AGAIN_MS = 3_000;

function Account({ wallet: { address } }: { wallet: Wallet }) {
	const market = useMarket();
	const amount = useAmount();
	const { data, error } = useQuery({
		queryKey: ["chain", "account", address],
		queryFn: () => getAccount(market, { account: address }),
		refetchInterval: AGAIN_MS,
		retry: false,
	});
	return (
		<>
			<Section title="Balance" aside={<Hash value={address} kind="address" />}>
				{error !== null && data === undefined ? (
					<ReadFailed error={error} what="Your balance" />
				) : (
					<dl className="grid gap-4 sm:grid-cols-2">
						<Figure name="Free on the market" value={data === undefined ? "–" : amount(data.free)}>
							Pays for orders, and can be withdrawn at any time.
						</Figure>
						<Figure name="In your wallet" value={data === undefined ? "–" : amount(data.wallet)}>
							Ordering takes what is missing from here, by one signature.
						</Figure>
					</dl>
				)}
			</Section>
			<div className="grid items-start gap-5 md:grid-cols-2">
				<MoveMoney
					title="Deposit"
					most={data?.wallet}
					verb="Deposit"
					done="Deposited."
					move={(signer, units, onSent) => depositWithPermit(signer, { amount: units, onSent })}
				/>
				<MoveMoney
					title="Withdraw"
					most={data?.free}
					verb="Withdraw"
					done="Withdrawn to your wallet."
					move={(signer, units, onSent) => withdraw(signer, { to: address, amount: units, onSent })}
				/>
			</div>
			<Orders consumer={address} />
		</>
	);
}

function Figure({ name, value, children }: { name: string; value: string; children: string }) {
	return (
		<div>
			<dt className="text-muted">{name}</dt>
			<dd>
				<span className="figures text-figure font-semibold">{value}</span>
				<span className="block text-small text-muted">{children}</span>
			</dd>
		</div>
	);
}
