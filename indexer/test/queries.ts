// GraphQL queries drawn from the schema by a seed: mostly as it allows, here and there with arguments that nobody would
// send in earnest, and some with a piece of their text missing or doubled.
import {
	type GraphQLInputType,
	type GraphQLObjectType,
	type GraphQLSchema,
	getNamedType,
	isEnumType,
	isInputObjectType,
	isListType,
	isNonNullType,
	isObjectType,
} from "graphql";

const DEEPEST = 5;
const numbers = ["0", "1", "5", "-1", "1000", "2147483647", "2147483648", "1e9", "1.5"];
const texts = [
	"",
	"0x",
	"0xZZ",
	"open",
	"' OR 1=1 --",
	"%",
	"\\u0000",
	"😀",
	"-1",
	"9".repeat(100),
	"bm8gY3Vyc29y",
	"{}",
];
const odd = ["null", "true", "{}", "[]", "[[1]]", "{ a: 1 }", "nonsense", "$missing"];

export function createQueries(schema: GraphQLSchema, random: () => number, known: readonly string[]) {
	const below = (count: number) => Math.floor(random() * count);
	const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
	const chance = (share: number) => random() < share;

	function draw(): string {
		const root = schema.getQueryType();
		if (!root) throw new TypeError("the schema has no queries");
		const query = selection(root, 1);
		if (!chance(0.1)) return query;
		const at = below(query.length);
		return chance(0.5) ? query.slice(0, at) + query.slice(at + 1 + below(5)) : query.slice(0, at) + query.slice(at / 2);
	}

	function selection(type: GraphQLObjectType, depth: number): string {
		const fields = Object.values(type.getFields());
		const leaves = fields.filter((field) => !isObjectType(getNamedType(field.type)));
		const choice = depth < DEEPEST || leaves.length === 0 ? fields : leaves;
		const chosen = Array.from({ length: 1 + below(depth === 1 ? 2 : 4) }, () => pick(choice));
		const said = chosen.map((field, index) => {
			const inner = getNamedType(field.type);
			const inside = isObjectType(inner)
				? depth > DEEPEST + 2
					? " { __typename }"
					: ` ${selection(inner, depth + 1)}`
				: "";
			return `f${index}: ${field.name}${argumentsOf(field.args)}${inside}`;
		});
		return `{ ${said.join(" ")} }`;
	}

	function argumentsOf(all: readonly { name: string; type: GraphQLInputType }[]): string {
		const given = all.filter(({ type }) => isNonNullType(type) || chance(0.3));
		const said = given.map(
			({ name, type }) => `${name}: ${name === "limit" && chance(0.8) ? pick([1, 2, 3]) : valueFor(type)}`,
		);
		return said.length > 0 ? `(${said.join(", ")})` : "";
	}

	function valueFor(type: GraphQLInputType): string {
		if (chance(0.08)) return pick(odd);
		if (isNonNullType(type)) return valueFor(type.ofType);
		if (isListType(type)) return `[${Array.from({ length: below(4) }, () => valueFor(type.ofType)).join(", ")}]`;
		if (isEnumType(type)) return pick(type.getValues()).name;
		if (isInputObjectType(type)) {
			const fields = Array.from({ length: below(3) }, () => pick(Object.values(type.getFields())));
			return `{ ${[...new Set(fields)].map(({ name, type: inner }) => `${name}: ${valueFor(inner)}`).join(", ")} }`;
		}
		if (type.name === "Int" || type.name === "Float") return pick(numbers);
		if (type.name === "Boolean") return pick(["true", "false"]);
		return `"${chance(0.5) ? pick(known) : pick([...texts, "asc", "desc", "id", "block"])}"`;
	}

	return { draw };
}
