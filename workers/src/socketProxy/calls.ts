/** One kind of call that a worker makes of its engine. What is not in the table does not pass. */
export type Call = {
	method: string;
	/** Of the path without the version; a first group names a container or network, which must be one of ours. */
	path: RegExp;
	/** Every parameter that may come, and what it may say. */
	query?: Record<string, (value: string) => boolean>;
	/** dockerode writes a body's fields into the query once more, where no engine reads them: they are left out. */
	restDropped?: true;
	/** `stream` passes as it is, the others are judged field by field; any other call's body is dropped. */
	body?: "create" | "network" | "connect" | "stream";
};

const NAME = "([A-Za-z0-9][A-Za-z0-9_.-]*)";
const DIGEST = "sha256:[0-9a-f]{64}";
/** `host:port/name/name`, without a tag. */
const REPOSITORY = "[a-z0-9][a-z0-9._-]*(?::\\d{1,5})?(?:/[a-z0-9][a-z0-9._-]*)*";

const yesOrNo = (value: string) => /^(true|false|1|0)$/.test(value);
const matches = (pattern: RegExp) => (value: string) => pattern.test(value);

/** Only containers that carry a label of ours: whoever else uses this engine is none of a worker's business. */
function ownLabels(value: string): boolean {
	const { label, ...rest } = parsed(value);
	return Object.keys(rest).length === 0 && everyIs(label, /^depin\.[a-z]+(=|$)/);
}

function ownEvents(value: string): boolean {
	const { type, event, ...rest } = parsed(value);
	return Object.keys(rest).length === 0 && everyIs(type, /^container$/) && everyIs(event, /^(oom|start|die)$/);
}

const everyIs = (list: unknown, pattern: RegExp) =>
	Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === "string" && pattern.test(one));

function parsed(value: string): Record<string, unknown> {
	try {
		const filters: unknown = JSON.parse(value);
		return typeof filters === "object" && filters !== null ? { ...filters } : {};
	} catch {
		return {};
	}
}

/** The whole of what a worker asks of a Docker engine. */
export const CALLS: readonly Call[] = [
	{ method: "GET", path: /^\/_ping$/ },
	{ method: "GET", path: /^\/info$/ },
	{ method: "GET", path: new RegExp(`^/images/(?:${DIGEST}|${REPOSITORY}@${DIGEST})/json$`) },
	// Never forced: what anybody else uses stays.
	{ method: "DELETE", path: new RegExp(`^/images/${DIGEST}$`) },
	{ method: "POST", path: /^\/images\/load$/, query: { quiet: yesOrNo }, body: "stream" },
	{
		method: "POST",
		path: /^\/images\/create$/,
		query: { fromImage: matches(new RegExp(`^${REPOSITORY}@${DIGEST}$`)) },
	},
	{
		method: "POST",
		path: /^\/containers\/create$/,
		query: { name: matches(/^depin-[A-Za-z0-9_.-]{1,120}$/) },
		restDropped: true,
		body: "create",
	},
	{ method: "GET", path: /^\/containers\/json$/, query: { all: yesOrNo, filters: ownLabels } },
	{ method: "GET", path: new RegExp(`^/containers/${NAME}/json$`) },
	{ method: "POST", path: new RegExp(`^/containers/${NAME}/start$`) },
	{ method: "POST", path: new RegExp(`^/containers/${NAME}/stop$`), query: { t: matches(/^\d{1,4}$/) } },
	{
		method: "POST",
		path: new RegExp(`^/containers/${NAME}/wait$`),
		query: { condition: matches(/^not-running$/) },
	},
	{ method: "DELETE", path: new RegExp(`^/containers/${NAME}$`), query: { force: yesOrNo, v: yesOrNo } },
	{
		method: "GET",
		path: new RegExp(`^/containers/${NAME}/logs$`),
		query: { stdout: yesOrNo, stderr: yesOrNo, follow: yesOrNo, tail: matches(/^\d{1,4}$/) },
	},
	{
		// Listening only: nothing may be typed into a job.
		method: "POST",
		path: new RegExp(`^/containers/${NAME}/attach$`),
		query: { stream: yesOrNo, stdout: yesOrNo, stderr: yesOrNo, logs: yesOrNo },
	},
	{ method: "GET", path: /^\/events$/, query: { filters: ownEvents } },
	{ method: "POST", path: /^\/networks\/create$/, restDropped: true, body: "network" },
	{ method: "GET", path: /^\/networks$/, query: { filters: ownLabels } },
	{ method: "GET", path: new RegExp(`^/networks/${NAME}$`) },
	{ method: "POST", path: new RegExp(`^/networks/${NAME}/connect$`), body: "connect" },
	{ method: "DELETE", path: new RegExp(`^/networks/${NAME}$`) },
];

/** Parameters without which a call would say more than a worker may. */
const NEEDED: Record<string, string> = {
	"/containers/json": "filters",
	"/events": "filters",
	"/images/create": "fromImage",
	"/networks": "filters",
};

export type Passed = {
	call: Call;
	/** What of the engine's the call is about, by name or id. */
	owned: { kind: "containers" | "networks"; name: string } | undefined;
	target: string;
};

/** @returns what may be sent on in place of a request's line, or why it may not. */
export function judge(method: string, url: string): Passed | { refused: string } {
	// Written one way only: whatever two parsers could read differently is refused before anything is compared.
	const shape = /^(\/v1\.\d{1,3})?(\/[A-Za-z0-9_./:@-]*)(?:\?([^#\s]*))?$/.exec(url);
	if (!shape || /\/\/|\/\.\.?(\/|$)/.test(url.split("?")[0] ?? "")) return { refused: "this path" };
	const [, version = "", path = "", queryText = ""] = shape;
	const call = CALLS.find((one) => one.method === method && one.path.test(path));
	if (!call) return { refused: `${method} ${path}` };
	const query = new URLSearchParams();
	for (const [name, value] of new URLSearchParams(queryText)) {
		const allowed = call.query?.[name];
		if (allowed === undefined && call.restDropped) continue;
		if (query.has(name)) return { refused: `${method} ${path} with ${name} given twice` };
		if (!allowed?.(value)) return { refused: `${method} ${path} with ${name}=${value.slice(0, 200)}` };
		query.set(name, value);
	}
	const needed = NEEDED[path];
	if (needed && !query.has(needed)) return { refused: `${method} ${path} without ${needed}` };
	const search = query.size === 0 ? "" : `?${query}`;
	const name = call.path.exec(path)?.[1];
	const kind = path.startsWith("/networks/") ? "networks" : "containers";
	return { call, owned: name === undefined ? undefined : { kind, name }, target: `${version}${path}${search}` };
}
