// Everything a job left, fetched from content storage, and every check of it recomputed here: neither node, gateway nor
// indexer is believed.
import { useQuery } from "@tanstack/react-query";
import type { JobRef } from "depin";
import { getJobFacts } from "depin/actions";
import {
	type Bundle,
	type Check,
	fetchJobToMemory,
	type JobContent,
	type JobFacts,
	openEnvelope,
	parseManifest,
	type Statement,
	verifyJob,
} from "depin/jobs";
import { createContentClient, type MemoryEntry, readFile } from "depin/storage";
import { useSite } from "../app/site.ts";
import { useMarket } from "../chain/market.ts";

export type Verified = {
	/** What the chain says of the job: what was checked against. */
	facts: JobFacts;
	/** The ordered tasks; undefined when their manifest cannot be read. */
	bundle: Bundle | undefined;
	checks: readonly Check[];
	ok: boolean;
	files: readonly MemoryEntry[];
	statement: Statement | undefined;
	/** Text of each task's log. */
	logs: readonly { task: number; text: string }[];
	ms: number;
};

/** More of a log than this is not drawn. */
const MAX_LOG_BYTES = 16 * 1024 * 1024;

/** Starts when `refetch` is called: results can be large, and only who asks for one pays for fetching it. */
export function useVerified({ orderId, job }: JobRef) {
	const { config } = useSite();
	const market = useMarket();
	return useQuery({
		queryKey: ["verified", orderId, job],
		enabled: false,
		retry: false,
		staleTime: Number.POSITIVE_INFINITY,
		async queryFn({ signal }): Promise<Verified> {
			const began = performance.now();
			const facts = await getJobFacts(market, { orderId, job });
			const client = createContentClient({ sources: [config.storage.url] });
			const { content, files } = await fetchJobToMemory(client, facts, { signal });
			const checks = await verifyJob(facts, content);
			const statement =
				"value" in content.statement
					? await openEnvelope(content.statement.value).then(
							(opened) => opened.statement,
							() => undefined,
						)
					: undefined;
			const logs: Verified["logs"][number][] = [];
			for (const { index, logsCid } of statement?.predicate.runDetails.depin.tasks ?? []) {
				if (logsCid === undefined || "problem" in content.logs) continue;
				const bytes = await readFile(client, logsCid, { maxBytes: MAX_LOG_BYTES, signal }).catch(() => undefined);
				if (bytes !== undefined) logs.push({ task: index, text: new TextDecoder().decode(bytes) });
			}
			const bundle = bundleIn(content);
			return {
				facts,
				bundle,
				checks,
				ok: checks.every(({ ok }) => ok),
				files,
				statement,
				logs,
				ms: performance.now() - began,
			};
		},
	});
}

/** What cannot be read has failed its check by name already. */
function bundleIn({ manifest }: JobContent): Bundle | undefined {
	if ("problem" in manifest) return undefined;
	try {
		return parseManifest(manifest.value);
	} catch {
		return undefined;
	}
}

export type VerifiedState = ReturnType<typeof useVerified>;
