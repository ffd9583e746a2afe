// Judges answers by the OpenAPI document alone, with a validator that knows nothing of our schemas.
import { Ajv2020 } from "ajv/dist/2020.js";
import { type JsonSchema, type OpenApiDocument, type Operation, openApiDocument } from "depin/indexer";

export type Judge = ReturnType<typeof createJudge>;

export function createJudge() {
	const document = openApiDocument();
	const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
	ajv.addSchema(exact(document) as JsonSchema, "api");
	const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
	);

	/** What is wrong with a value, by schema; empty when nothing is. */
	function faults(schema: JsonSchema, value: unknown): string[] {
		const { $ref, ...rest } = schema;
		const absolute = typeof $ref === "string" ? { $ref: `api${$ref}` } : withBase(rest);
		const validate = ajv.compile(absolute as JsonSchema);
		if (validate(value)) return [];
		return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
	}

	/** What is wrong with an answer to an operation; empty when the document foresees it. */
	function answerFaults(operation: Operation, status: number, body: unknown): string[] {
		const response = operation.responses[String(status)];
		if (!response) return [`${status} is not among the answers of ${operation.operationId}: ${JSON.stringify(body)}`];
		if (status >= 400) return problemFaults(status, body);
		const content = response["content"] as OpenApiDocument["paths"] & Record<string, { schema: JsonSchema }>;
		const [{ schema } = { schema: {} }] = Object.values(content);
		return faults(schema, body);
	}

	function problemFaults(status: number, body: unknown): string[] {
		const wrong = faults({ $ref: "#/components/schemas/Problem" }, body);
		const said = body as { status?: number; errors?: unknown[] };
		if (said.status !== status) wrong.push(`says ${said.status} in an answer of ${status}`);
		if (status === 400 && !(said.errors && said.errors.length > 0)) wrong.push("names no field");
		return wrong;
	}

	return { document, operations, faults, answerFaults, problemFaults };
}

/** The document with every object closed: a member that it does not mention is a fault. */
function exact(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(exact);
	if (typeof value !== "object" || value === null) return value;
	const copied = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, exact(member)]));
	const isObject = copied["type"] === "object" && "properties" in copied && !("additionalProperties" in copied);
	return isObject ? { ...copied, additionalProperties: false } : copied;
}

function withBase(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withBase);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, member]) => [name, name === "$ref" ? `api${member}` : withBase(member)]),
	);
}
