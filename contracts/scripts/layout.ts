// Prints where the market keeps what, and fails when its pieces of code disagree about it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { artifacts } from "hardhat";

interface Layout {
	storage: { label: string; slot: string; offset: number; type: string }[];
	types: Record<string, { label: string; numberOfBytes: string; members?: Layout["storage"] }> | null;
}

const solc: { compile(input: string): string } = createRequire(import.meta.url)("solc");

async function layoutOf(name: string): Promise<Layout> {
	const id = await artifacts.getBuildInfoId(name);
	const path = id && (await artifacts.getBuildInfoPath(id));
	if (!path) throw new Error(`No build of ${name}: run \`hardhat build\` first.`);
	const { input } = JSON.parse(readFileSync(path, "utf8"));
	const settings = { ...input.settings, outputSelection: { "*": { [name]: ["storageLayout"] } } };
	const output = JSON.parse(solc.compile(JSON.stringify({ ...input, settings })));
	const found = Object.values<Record<string, { storageLayout: Layout }>>(output.contracts).find((file) => file[name]);
	if (!found?.[name]) throw new Error(`The compiler gave no layout of ${name}.`);
	return found[name].storageLayout;
}

/** One line a variable and a struct member, without the compiler's node numbers, which differ between contracts. */
function lines({ storage, types }: Layout) {
	const plain = (type: string) => type.replaceAll(/\)\d+/g, ")");
	const line = (entry: Layout["storage"][number]) =>
		`slot ${entry.slot} byte ${entry.offset} ${entry.label}: ${plain(entry.type)}`;
	const structs = Object.values(types ?? {}).flatMap(({ label, members }) =>
		(members ?? []).map((member) => `  ${label}: ${line(member)}`),
	);
	return [...storage.map(line), ...structs];
}

const market = lines(await layoutOf("Market"));
for (const name of ["MarketExtension", "MarketDisputes"]) {
	const piece = lines(await layoutOf(name));
	// A struct that only one piece touches is in the mappings of all, so the lists must be equal as they stand.
	const differing = [...market.filter((x) => !piece.includes(x)), ...piece.filter((x) => !market.includes(x))];
	if (differing.length === 0) continue;
	console.error(`Market and ${name} disagree on storage; declare variables in MarketStorage only:`);
	for (const line of differing) console.error(`  ${line}`);
	process.exitCode = 1;
}
if (process.exitCode !== 1) {
	for (const line of market) console.log(line);
	console.log("Market, MarketExtension and MarketDisputes have one storage layout");
}
