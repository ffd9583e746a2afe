import { Link, Outlet } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { Notice } from "../design/Notice.tsx";
import { Skeleton } from "../design/Skeleton.tsx";
import { WalletButton } from "../wallet/WalletButton.tsx";
import { useLiveness } from "./liveness.ts";
import { useSite } from "./site.ts";
import { applyTheme, readTheme, themes } from "./theme.ts";

const pages = [
	["/", "Market"],
	["/new", "New order"],
	["/account", "Account"],
] as const;

/** What stands around every page. */
export function Shell() {
	const { config } = useSite();
	return (
		<>
			<a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:p-3">
				Skip to the content
			</a>
			<header className="border-b border-line bg-surface">
				<div className="mx-auto flex max-w-[72rem] flex-wrap items-center gap-x-2 gap-y-2 px-4 py-2 sm:gap-x-6">
					<Link to="/" className="flex min-h-10 items-center gap-2 font-semibold">
						<img src="./icon.svg" alt="" width="22" height="22" />
						depin
					</Link>
					<nav aria-label="Pages" className="order-last flex w-full gap-1 sm:order-none sm:w-auto">
						{pages.map(([to, name]) => (
							<Link
								key={to}
								to={to}
								activeOptions={{ exact: true, includeSearch: false }}
								className="inline-flex min-h-10 items-center rounded-control px-3 text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-sunken aria-[current=page]:font-medium aria-[current=page]:text-ink"
							>
								{name}
							</Link>
						))}
					</nav>
					<div className="ml-auto flex items-center gap-1 sm:gap-2">
						<ThemeSwitch />
						<WalletButton />
					</div>
				</div>
			</header>
			<main id="content" className="page" tabIndex={-1}>
				<IndexerState />
				<Suspense fallback={<Skeleton rows={8} />}>
					<Outlet />
				</Suspense>
			</main>
			<footer className="mx-auto max-w-[72rem] px-4 pb-8 text-small text-muted">
				{config.name}, chain {config.chainId}. Money is read from the chain, never from the indexer. Not audited.
			</footer>
		</>
	);
}

function ThemeSwitch() {
	const [theme, setTheme] = useState(readTheme);
	const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
	const mark = { system: "◑", light: "☀", dark: "☾" }[theme];
	return (
		<button
			type="button"
			onClick={() => {
				applyTheme(next);
				setTheme(next);
			}}
			aria-label={`Colours: ${theme}. Switch to ${next}`}
			className="inline-flex size-10 items-center justify-center rounded-control text-muted hover:bg-sunken hover:text-ink"
		>
			<span aria-hidden="true">{mark}</span>
		</button>
	);
}

/** Blocks behind from which on lists are worth doubting. */
const LAGGING = 5;

function IndexerState() {
	const { answers, block, lag } = useLiveness();
	const behind = lag !== undefined && lag >= LAGGING;
	if (answers && !behind) return null;
	return (
		<div className="pb-5">
			{answers ? (
				<Notice tone="warn" title={`The indexer is ${lag} blocks behind`}>
					Lists are complete up to block {block}. Orders, balances and checks are read from the chain and are current.
				</Notice>
			) : (
				<Notice tone="warn" title="The indexer does not answer">
					Lists may be old. Orders, balances and checks are read from the chain and go on working.
				</Notice>
			)}
		</div>
	);
}
