import { createGatewayClient, createIndexerClient } from "depin/indexer";
import { createContext, useContext } from "react";
import type { SiteConfig } from "./config.ts";

/** What every page needs of the outside. */
export type Site = {
	config: SiteConfig;
	indexer: ReturnType<typeof createIndexerClient>;
	gateway: ReturnType<typeof createGatewayClient>;
};

export function openSite(config: SiteConfig): Site {
	const at = { url: config.indexer };
	return { config, indexer: createIndexerClient(at), gateway: createGatewayClient(at) };
}

export const SiteContext = createContext<Site | undefined>(undefined);

export function useSite(): Site {
	const site = useContext(SiteContext);
	if (site === undefined) throw new Error("a page stands outside of its site");
	return site;
}
