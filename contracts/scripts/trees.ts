// Checks that each `<call>.tree` and the `<Call>.t.sol` beside it name the same branches.
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

interface Branch {
	depth: number;
	text: string;
}

function parse(file: string): Branch[] {
	const [, ...rest] = readFileSync(file, "utf8").trimEnd().split("\n");
	return rest.map((line) => {
		const text = line.replace(/^[│├└─\s]+/u, "");
		return { depth: (line.length - text.length) / 4, text };
	});
}

const camel = (words: string) =>
	words
		.split(/[^A-Za-z0-9]+/)
		.map((word) => word.charAt(0).toUpperCase() + word.slice(1))
		.join("");

/** The test of a condition whose outcomes follow it: `test_RevertWhen_…` or `test_When…`. */
function testNames(branches: Branch[]) {
	return branches.flatMap(({ depth, text }, i) => {
		const outcome = branches[i + 1];
		if (!outcome?.text.startsWith("it ") || outcome.depth <= depth) return [];
		const [, kind, condition] = /^(when|given) (.+)$/.exec(text) ?? [];
		if (!kind || !condition) throw new Error(`"${text}" starts with neither when nor given.`);
		const word = camel(kind);
		return outcome.text.startsWith("it should revert")
			? `test_Revert${word}_${camel(condition)}`
			: `test_${word}${camel(condition)}`;
	});
}

let wrong = 0;
const complain = (text: string) => {
	console.error(text);
	wrong++;
	process.exitCode = 1;
};

const root = new URL("../test", import.meta.url).pathname;
const trees = globSync("**/*.tree", { cwd: root });
for (const tree of trees) {
	const name = basename(tree, ".tree");
	const test = join(dirname(tree), `${name.charAt(0).toUpperCase()}${name.slice(1)}.t.sol`);
	if (!existsSync(join(root, test))) {
		complain(`${tree} has no ${test} beside it`);
		continue;
	}
	const wanted = testNames(parse(join(root, tree)));
	const found = [...readFileSync(join(root, test), "utf8").matchAll(/function (test_\w+)\(/g)].map((match) => match[1]);
	for (const one of wanted.filter((x) => !found.includes(x))) complain(`${test} lacks ${one}`);
	for (const one of found.filter((x) => !wanted.includes(x ?? ""))) complain(`${tree} lacks the branch of ${one}`);
	if (new Set(wanted).size !== wanted.length) complain(`${tree} has two branches of one name`);
}
if (trees.length === 0) complain("no branch tree found");
if (wrong === 0) console.log(`${trees.length} branch trees agree with their tests`);
