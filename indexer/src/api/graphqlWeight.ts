// What a GraphQL query would cost, reckoned from its text alone before anything runs: how deep it goes, how many rows it
// may read at most, and whether it is one of the shapes that grow without bound.
import { type ArgumentNode, type DocumentNode, type FieldNode, Kind, parse, type SelectionSetNode } from "graphql";

export const graphqlLimits = { tokens: 1_000, depth: 16, aliases: 30, cost: 10_000 } as const;

/** Ponder's own: rows of a list that names no limit, and the most it may name. */
const DEFAULT_ROWS = 50;
const MAX_ROWS = 1_000;
/** Of asking the database once, and of counting a whole table, in rows. */
const QUERY_COST = 10;
const COUNT_COST = 1_000;
/** Of the introspection of a type; one within another multiplies. */
const TYPE_PARTS = new Set(["fields", "inputFields", "interfaces", "possibleTypes"]);

type Weight = { cost: number; depth: number; aliases: number };
type Place = { rows: number; inTypePart: boolean };

/** A query that is not run; its message says what of it to change. */
export class QueryTooHeavy extends Error {
	override readonly name = "QueryTooHeavy";
}

/**
 * Weighs all operations of a query together.
 * @throws {QueryTooHeavy} beyond a limit
 * @throws {import("graphql").GraphQLError} when it is no GraphQL
 */
export function weigh(query: string, variables: Record<string, unknown> = {}): Weight {
	const document = parse(query, { maxTokens: graphqlLimits.tokens });
	const weigher = createWeigher(document, variables);
	const parts = document.definitions.flatMap((definition) =>
		definition.kind === Kind.OPERATION_DEFINITION
			? [weigher(definition.selectionSet, { rows: 1, inTypePart: false }, 1)]
			: [],
	);
	const weight = together(parts);
	for (const name of ["depth", "aliases", "cost"] as const) {
		if (weight[name] <= graphqlLimits[name]) continue;
		throw new QueryTooHeavy(
			`its ${name} is ${weight[name]}, at most ${graphqlLimits[name]} is answered: ${advice[name]}`,
		);
	}
	return weight;
}

const advice = {
	depth: "ask in several queries",
	aliases: "ask in several queries",
	cost: "every list costs 10 and what its limit (50 unless named) times its rows cost; name smaller limits",
};

function createWeigher(document: DocumentNode, variables: Record<string, unknown>) {
	const fragments = new Map(
		document.definitions.flatMap((definition) =>
			definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet] as const] : [],
		),
	);
	// A fragment that is spread twice in each of a chain of others is weighed once, not 2^n times.
	const known = new Map<string, Weight | "under way">();

	function ofFragment(name: string, place: Place, level: number): Weight {
		const key = `${name} ${place.rows} ${place.inTypePart} ${level}`;
		const before = known.get(key);
		if (before === "under way" || level > graphqlLimits.depth * 2)
			throw new QueryTooHeavy(`fragment ${name} contains itself`);
		if (before) return before;
		const selections = fragments.get(name);
		if (!selections) return { cost: 0, depth: level, aliases: 0 };
		known.set(key, "under way");
		const weight = ofAll(selections, place, level);
		known.set(key, weight);
		return weight;
	}

	function ofField(field: FieldNode, place: Place, level: number): Weight {
		const aliases = field.alias ? 1 : 0;
		const name = field.name.value;
		if (level > graphqlLimits.depth * 2) throw new QueryTooHeavy(`it is nested more than ${graphqlLimits.depth} deep`);
		if (!field.selectionSet) return { cost: name === "totalCount" ? COUNT_COST : 0, depth: level, aliases };
		if (name === "items") {
			const inner = ofAll(field.selectionSet, { ...place, rows: 1 }, level + 1);
			return { ...inner, cost: place.rows * (1 + inner.cost), aliases: inner.aliases + aliases };
		}
		// Ponder counts before it reads the cursor: if both fail, the count's failure ends its process a minute later.
		if (isPaged(field) && counts(field.selectionSet))
			throw new QueryTooHeavy("totalCount is the same on every page: ask for it without a cursor");
		const isTypePart = TYPE_PARTS.has(name);
		if (isTypePart && place.inTypePart) throw new QueryTooHeavy("introspection of types within types is not answered");
		const rows = numberOf("limit", field.arguments, variables) ?? DEFAULT_ROWS;
		const skipped = numberOf("offset", field.arguments, variables) ?? 0;
		if (rows < 0 || rows > MAX_ROWS || skipped < 0)
			throw new QueryTooHeavy(`limit of ${name} is from 0 to ${MAX_ROWS}, its offset not below 0`);
		const inner = ofAll(field.selectionSet, { rows, inTypePart: place.inTypePart || isTypePart }, level + 1);
		return { ...inner, cost: QUERY_COST + skipped + inner.cost, aliases: inner.aliases + aliases };
	}

	function ofAll(set: SelectionSetNode, place: Place, level: number): Weight {
		return together([
			{ cost: 0, depth: level, aliases: 0 },
			...set.selections.map((selection) => {
				if (selection.kind === Kind.FIELD) return ofField(selection, place, level);
				if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value, place, level);
				return ofAll(selection.selectionSet, place, level);
			}),
		]);
	}

	function counts({ selections }: SelectionSetNode, seen = new Set<string>()): boolean {
		return selections.some((selection) => {
			if (selection.kind === Kind.FIELD) return selection.name.value === "totalCount";
			if (selection.kind === Kind.INLINE_FRAGMENT) return counts(selection.selectionSet, seen);
			const name = selection.name.value;
			const set = seen.has(name) ? undefined : fragments.get(name);
			seen.add(name);
			return set !== undefined && counts(set, seen);
		});
	}

	return ofAll;
}

const isPaged = ({ arguments: given = [] }: FieldNode) =>
	given.some(({ name, value }) => ["after", "before"].includes(name.value) && value.kind !== Kind.NULL);

function together(parts: readonly Weight[]): Weight {
	return parts.reduce(
		(sum, { cost, depth, aliases }) => ({
			cost: sum.cost + cost,
			depth: Math.max(sum.depth, depth),
			aliases: sum.aliases + aliases,
		}),
		{ cost: 0, depth: 0, aliases: 0 },
	);
}

/** An argument's number; what is hidden in a variable that nobody gave counts as the most. */
function numberOf(
	name: string,
	given: readonly ArgumentNode[] = [],
	variables: Record<string, unknown>,
): number | undefined {
	const value = given.find((argument) => argument.name.value === name)?.value;
	if (value === undefined || value.kind === Kind.NULL) return undefined;
	if (value.kind === Kind.INT) return Number(value.value);
	const said = value.kind === Kind.VARIABLE ? variables[value.name.value] : undefined;
	return typeof said === "number" ? said : MAX_ROWS;
}
