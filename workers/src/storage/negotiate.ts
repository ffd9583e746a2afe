import { RequestError } from "./errors.ts";

export type DagScope = "block" | "all";
export type Wanted = { format: "raw" } | { format: "car"; scope: DagScope };

const RAW_TYPE = "application/vnd.ipld.raw";
const CAR_TYPE = "application/vnd.ipld.car";

/**
 * What a gateway request asks for, by `?format=` or else by its Accept header.
 * @throws {RequestError} 400 when it names nothing that is served here
 */
export function negotiate(query: URLSearchParams, accept: string | undefined): Wanted {
	const format = query.get("format") ?? formatOf(accept);
	if (format === "raw") return { format };
	if (format !== "car") {
		const got = format === undefined ? "" : `, not format=${format.slice(0, 40)}`;
		throw new RequestError(
			400,
			"format-missing",
			`ask for ?format=raw or ?format=car, or send Accept: ${RAW_TYPE} or ${CAR_TYPE}${got}`,
		);
	}
	const version = query.get("car-version") ?? versionOf(accept);
	if (version !== undefined && version !== "1")
		throw new RequestError(400, "car-version", "only CAR version 1 is served");
	// Answering something wider or narrower than asked would break what clients verify, so refuse.
	if (query.has("entity-bytes"))
		throw new RequestError(400, "entity-bytes", "entity-bytes is not served; fetch the blocks");
	const scope = query.get("dag-scope") ?? "all";
	if (scope !== "block" && scope !== "all") throw new RequestError(400, "dag-scope", "dag-scope is block or all");
	return { format, scope };
}

/** The most wanted type of an Accept header that is served here; wildcards name nothing. */
function formatOf(accept: string | undefined): "raw" | "car" | undefined {
	const ranges = rangesOf(accept).filter(({ type, q }) => q > 0 && (type === RAW_TYPE || type === CAR_TYPE));
	const best = ranges.sort((a, b) => b.q - a.q)[0];
	if (!best) return undefined;
	return best.type === RAW_TYPE ? "raw" : "car";
}

function versionOf(accept: string | undefined): string | undefined {
	const versions = rangesOf(accept).filter(({ type }) => type === CAR_TYPE);
	return versions.some(({ version }) => version === undefined || version === "1") ? "1" : versions[0]?.version;
}

function rangesOf(accept: string | undefined): { type: string; q: number; version: string | undefined }[] {
	return (accept ?? "").split(",").map((range) => {
		const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
		const value = (name: string) => parameters.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
		const q = Number(value("q") ?? 1);
		return { type, q: Number.isNaN(q) ? 0 : q, version: value("version") };
	});
}
