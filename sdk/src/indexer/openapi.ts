// The OpenAPI 3.1 document of the public API, written from the routes and their schemas.
import { z } from "zod";
import { heartbeatSchema } from "./heartbeat.ts";
import { type ProblemName, problemSchema, problems } from "./problems.ts";
import { type Route, type RouteGroup, routes } from "./routes.ts";
import * as gives from "./types.ts";
import { address, amount, anything, hash } from "./values.ts";

export type JsonSchema = { [name: string]: unknown };
export type Parameter = {
	name: string;
	in: "path" | "query" | "header";
	required: boolean;
	description?: string;
	schema: JsonSchema;
};
type Content = Record<string, { schema: JsonSchema }>;
export type Operation = {
	operationId: string;
	tags: string[];
	summary: string;
	parameters: Parameter[];
	requestBody?: { required: true; content: Content };
	responses: Record<string, JsonSchema>;
};
export type OpenApiDocument = {
	openapi: "3.1.0";
	info: { title: string; version: string; description: string };
	servers: { url: string }[];
	security: Record<string, never[]>[];
	tags: { name: RouteGroup; description: string }[];
	paths: Record<string, Partial<Record<Route["method"], Operation>>>;
	components: Record<"schemas" | "responses" | "headers" | "securitySchemes", Record<string, JsonSchema>>;
};

const groups: Record<RouteGroup, string> = {
	market: "The Market as a whole",
	orders: "Orders, their jobs and tasks, and what came of them",
	registry: "Nodes, their owners, and hardware classes",
	money: "Who has, owes and received what",
	live: "What only the gateway knows: who is alive, who would take an order, and what happens now",
};

const description = `Rows are rebuilt from the Market's events alone and may be a few blocks old: \`Depin-Indexed-Block\` says up to
which block they are complete. Read the chain before money depends on them. Amounts are decimal strings in base units of
the asset, times unix seconds unless said otherwise, addresses and hashes lower-case hex. Lists are read by pages: pass
\`nextCursor\` on as \`cursor\`, with the same \`sort\`. What is not understood is refused with a problem document (RFC 9457)
that names the field.`;

/** Schemas that have a name of their own in the document. */
const named: Record<string, z.ZodType> = {
	...{ Amount: amount, Address: address, Hash: hash, Json: anything, Problem: problemSchema },
	...{ Order: gives.orderSchema, Job: gives.jobSchema, Task: gives.taskSchema, Result: gives.resultSchema },
	...{ Node: gives.nodeSchema, Provider: gives.providerSchema, Class: gives.classSchema },
	...{ Account: gives.accountSchema, Payment: gives.paymentSchema, Event: gives.eventSchema },
	...{ Heartbeat: heartbeatSchema },
};

const REFERENCE = "#/components/";
/** What any request may be refused with. */
const always = ["unknown-key", "rate-limited"] as const satisfies readonly ProblemName[];

export function openApiDocument(): OpenApiDocument {
	const registry = z.registry<{ id: string }>();
	for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
	const entries = Object.entries(routes) as [string, Route][];
	for (const [name, { answer, body }] of entries) {
		if (!registry.has(answer)) registry.add(answer, { id: `${capital(name)}Answer` });
		if (body && !registry.has(body)) registry.add(body, { id: `${capital(name)}Request` });
	}
	const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (id) => `${REFERENCE}schemas/${id}` });
	const reference = (schema: z.ZodType) => ({ $ref: `${REFERENCE}schemas/${registry.get(schema)?.id}` });
	const paths: OpenApiDocument["paths"] = {};
	for (const [name, route] of entries) {
		paths[route.path] = { ...paths[route.path], [route.method]: operation(name, route, reference) };
	}
	return {
		openapi: "3.1.0",
		info: { title: "depin indexer", version: "1", description: description.replaceAll("\n", " ") },
		servers: [{ url: "/" }],
		security: [{}, { key: [] }],
		tags: Object.entries(groups).map(([group, about]) => ({ name: group as RouteGroup, description: about })),
		paths,
		components: { schemas: Object.fromEntries(Object.entries(schemas).map(bare)), responses, headers, securitySchemes },
	};
}

function operation(name: string, route: Route, reference: (schema: z.ZodType) => JsonSchema): Operation {
	const { answer, body, status } = route;
	const type = route.streams ? "text/event-stream" : "application/json";
	const kept = route.method === "get" && !route.streams;
	const refused = [...route.refusals, ...always].map((problem) => [
		String(problems[problem][0]),
		{ $ref: `${REFERENCE}responses/${problem}` },
	]);
	return {
		operationId: name,
		tags: [route.about],
		summary: route.summary,
		parameters: [
			...parameters("path", route.params),
			...parameters("query", route.query),
			...(route.headers ? parameters("header", route.headers) : []),
		],
		...(body ? { requestBody: { required: true, content: { "application/json": { schema: reference(body) } } } } : {}),
		responses: {
			[status]: {
				description: "As asked",
				headers: answerHeaders(kept),
				content: { [type]: { schema: reference(answer) } },
			},
			...(kept ? { 304: { description: "As If-None-Match has it" } } : {}),
			...Object.fromEntries(refused),
			default: { $ref: `${REFERENCE}responses/problem` },
		},
	};
}

function parameters(place: Parameter["in"], schema: z.ZodObject): Parameter[] {
	const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
	return Object.entries(properties as Record<string, JsonSchema>).map(([name, { description: about, ...form }]) => ({
		name,
		in: place,
		required: required.includes(name),
		...(about === undefined ? {} : { description: String(about) }),
		schema: form,
	}));
}

const headers = {
	"Depin-Indexed-Block": { description: "Block up to which the rows are complete", schema: { type: "string" } },
	"Depin-Indexer-Lag": { description: "Blocks that the chain is ahead of it, or unknown", schema: { type: "string" } },
	"RateLimit-Remaining": { description: "Requests left at once", schema: { type: "string" } },
	ETag: { description: "Send it back in If-None-Match", schema: { type: "string" } },
};

function answerHeaders(kept: boolean): JsonSchema {
	const names = Object.keys(headers).filter((name) => kept || name !== "ETag");
	return Object.fromEntries(names.map((name) => [name, { $ref: `${REFERENCE}headers/${name}` }]));
}

const refusal = (about: string) => ({
	description: about,
	content: { "application/problem+json": { schema: { $ref: `${REFERENCE}schemas/Problem` } } },
});
const responses = {
	problem: refusal("Refused, with the reason"),
	...Object.fromEntries(Object.entries(problems).map(([name, [, title]]) => [name, refusal(title)])),
};

const securitySchemes = {
	key: { type: "http", scheme: "bearer", description: "A key of the operator's, for a budget of one's own" },
};

/** Without what names a schema outside of a document. */
function bare([name, { $schema, $id, ...schema }]: [string, JsonSchema]): [string, JsonSchema] {
	return [name, schema];
}

const capital = (name: string) => name[0]?.toUpperCase() + name.slice(1);
