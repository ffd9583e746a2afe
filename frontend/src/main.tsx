import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { loadConfig, type SiteConfig } from "./app/config.ts";
import { followIndexer } from "./app/liveness.ts";
import { router } from "./app/router.tsx";
import { openSite, SiteContext } from "./app/site.ts";
import { applyTheme, readTheme } from "./app/theme.ts";
import { Notice } from "./design/Notice.tsx";
import "./design/tokens.css";
import { resumeWallet } from "./wallet/wallet.ts";

applyTheme(readTheme());
const root = createRoot(document.getElementById("root") ?? document.body);
const queries = new QueryClient({
	// Lists are refreshed by the stream; what polls says so itself.
	defaultOptions: { queries: { staleTime: 5_000, retry: 1, refetchOnWindowFocus: true } },
});

function show(config: SiteConfig): void {
	followIndexer(config.indexer, queries);
	root.render(
		<StrictMode>
			<QueryClientProvider client={queries}>
				<SiteContext value={openSite(config)}>
					<RouterProvider router={router} />
				</SiteContext>
			</QueryClientProvider>
		</StrictMode>,
	);
	void resumeWallet(config);
}

loadConfig().then(show, (error: Error) =>
	root.render(
		<main className="page">
			<Notice tone="bad" title="This page does not know which market to show">
				{error.message}. Whoever serves it puts a config.json beside index.html.
			</Notice>
		</main>,
	),
);
