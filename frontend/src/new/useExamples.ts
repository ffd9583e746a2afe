import { useQuery } from "@tanstack/react-query";
import { loadConfig, type SiteConfig } from "../app/config.ts";
import { useSite } from "../app/site.ts";

const AGAIN_MS = 3_000;

/** A market that has just started offers its examples one by one, as their images are stored. */
export function useExamples(): SiteConfig["examples"] {
	const { config } = useSite();
	const { data } = useQuery({
		queryKey: ["examples"],
		queryFn: async () => (await loadConfig()).examples,
		initialData: config.examples,
		enabled: config.demoKey !== undefined,
		refetchInterval: AGAIN_MS,
		retry: false,
	});
	return data;
}
