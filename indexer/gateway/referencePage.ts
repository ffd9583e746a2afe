// The OpenAPI document as one page that needs no script: every route with what it takes, every answer with its members.
import { type JsonSchema, type OpenApiDocument, type Operation, type Parameter, problems } from "depin/indexer";
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --quiet: color-mix(in srgb, currentColor 68%, transparent); --tint: color-mix(in srgb, currentColor 5%, transparent); }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 6rem; }
h1 { font-size: 1.7rem; margin: 0; } h2 { margin: 3rem 0 .5rem; font-size: 1.3rem; } h3 { margin: 0; font-size: 1rem; font-weight: 600; }
code, pre, .type { font: .875em/1.5 ui-monospace, monospace; } code { overflow-wrap: anywhere; }
a { color: inherit; text-underline-offset: .2em; } a:focus-visible, summary:focus-visible { outline: 2px solid; outline-offset: 3px; }
nav ul { columns: 16rem; list-style: none; padding: 0; margin: 0 0 1rem; } nav li { break-inside: avoid; padding: .1rem 0; }
section { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; scroll-margin-top: 1rem; }
.method { display: inline-block; min-width: 3.2em; font-weight: 700; text-transform: uppercase; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); } th { font-weight: 600; }
td:first-child { white-space: nowrap; } .quiet { color: var(--quiet); } p { margin: .4rem 0; }
pre { background: var(--tint); border-radius: .35rem; padding: .6rem .8rem; overflow-x: auto; }
summary { cursor: pointer; }
`;

export function referencePage({ info, tags, paths, components }: OpenApiDocument): Html {
	const operations = Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
	);
	const of = (tag: string) => operations.filter(({ operation }) => operation.tags.includes(tag));
	return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title}: API reference</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<h1>${info.title}</h1>
<p class="quiet">API reference, version ${info.version}. For programs: <a href="v1/openapi.json">openapi.json</a></p>
<p>${withCode(info.description)}</p>
</header>
<nav aria-label="Routes">
${tags.map(({ name, description }) => html`<h2>${description}</h2><ul>${of(name).map(link)}</ul>`)}
</nav>
<main>
${tags.map(({ name, description }) => html`<h2>${description}</h2>${of(name).map(section)}`)}
<h2>Forms</h2>
${Object.entries(components.schemas).map(([name, schema]) => form(name, schema))}
<h2>Refusals</h2>
<p>Each is a <a href="#Problem">Problem</a>; its <code>type</code> is <code>https://depin.dev/problems/</code> and the name.</p>
${table(
	["status", "name", "meaning"],
	Object.entries(problems).map(([name, [status, title]]) => [
		html`${status}`,
		html`<code>${name}</code>`,
		html`${title}`,
	]),
)}
</main>
</body>
</html>`;
}

type Shown = { path: string; method: string; operation: Operation };

function link({ path, method, operation }: Shown): Html {
	return html`<li><a href="#${operation.operationId}"><span class="method">${method}</span> <code>${path}</code></a></li>`;
}

function section({ path, method, operation }: Shown): Html {
	const { operationId, summary, parameters, requestBody, responses } = operation;
	const line = method === "get" ? `curl -s "$INDEXER${path}"` : `curl -s "$INDEXER${path}" --json @body.json`;
	return html`<section id="${operationId}" aria-labelledby="${operationId}-title">
<h3 id="${operationId}-title"><span class="method">${method}</span> <code>${path}</code></h3>
<p>${summary}.</p>
<pre tabindex="0">${line}</pre>
${parameters.length === 0 ? "" : table(["parameter", "takes", ""], parameters.map(parameterRow))}
${requestBody ? html`<p>Takes ${contentType(requestBody.content)}.</p>` : ""}
<ul>${Object.entries(responses).map(([status, response]) => responseLine(status, response))}</ul>
</section>`;
}

function parameterRow({ name, in: place, required, schema, description }: Parameter): Html[] {
	const given = schema["default"] === undefined ? "" : html`; default <code>${String(schema["default"])}</code>`;
	const about = description === undefined ? "" : `; ${description}`;
	return [
		html`<code>${name}</code>`,
		html`<span class="type">${typeOf(schema)}</span>`,
		html`<span class="quiet">${place}${required ? ", required" : ""}</span>${given}${about}`,
	];
}

function responseLine(status: string, { description, content, $ref }: JsonSchema): Html {
	if (typeof $ref === "string") {
		const name = $ref.split("/").at(-1) ?? "";
		return html`<li><code>${status}</code> <a href="#Problem">Problem</a>${status === "default" ? "" : ` ${name}`}</li>`;
	}
	const said = content ? contentType(content as Record<string, { schema: JsonSchema }>) : String(description);
	return html`<li><code>${status}</code> ${said}</li>`;
}

function contentType(content: Record<string, { schema: JsonSchema }>): Html {
	const [[type, { schema }] = ["", { schema: {} }]] = Object.entries(content);
	return html`<span class="type">${typeOf(schema)}</span> as <code>${type}</code>`;
}

function form(name: string, schema: JsonSchema): Html {
	const rows = Object.entries((schema["properties"] as Record<string, JsonSchema>) ?? {}).map(([member, of]) => [
		html`<code>${member}</code>`,
		html`<span class="type">${typeOf(of)}</span>`,
		html`${String(of["description"] ?? "")}`,
	]);
	const shown = rows.length > 0 ? table(["member", "is", ""], rows) : html`<p class="type">${typeOf(schema)}</p>`;
	return html`<section id="${name}" aria-labelledby="${name}-title"><h3 id="${name}-title">${name}</h3>${shown}</section>`;
}

function table(heads: string[], rows: (Html | string)[][]): Html {
	const head = heads.map((text) => html`<th scope="col">${text}</th>`);
	const body = rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`);
	return html`<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** A schema in one line; what has a name of its own is linked. */
function typeOf(schema: JsonSchema): Html {
	const { $ref, type, pattern, minimum, maximum, properties, items, additionalProperties } = schema;
	if (typeof $ref === "string") return html`<a href="#${$ref.split("/").at(-1)}">${$ref.split("/").at(-1)}</a>`;
	const either = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
	if (either) return html`${either.map((one, index) => html`${index === 0 ? "" : " or "}${typeOf(one)}`)}`;
	if (Array.isArray(schema["enum"])) return html`${schema["enum"].join(" | ")}`;
	if (schema["const"] !== undefined) return html`${JSON.stringify(schema["const"])}`;
	if (type === "array") return html`[ ${typeOf(items as JsonSchema)}, … ]`;
	if (properties) return members(properties as Record<string, JsonSchema>);
	if (typeof additionalProperties === "object") return html`{ name: ${typeOf(additionalProperties as JsonSchema)}, … }`;
	if (typeof pattern === "string") return html`${type} ${pattern}`;
	if (typeof maximum === "number" && maximum < Number.MAX_SAFE_INTEGER) return html`${type} ${minimum} to ${maximum}`;
	return html`${Array.isArray(type) ? type.join(" or ") : (type ?? "anything")}`;
}

function members(properties: Record<string, JsonSchema>): Html {
	const shown = Object.entries(properties).map(
		([name, of], index) => html`${index === 0 ? "" : ", "}${name}: ${typeOf(of)}`,
	);
	return shown.length === 0 ? html`{}` : html`{ ${shown} }`;
}

/** Text whose words in backquotes are code. */
function withCode(text: string): Html {
	return html`${text.split("`").map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}
