// Ranks the tasks of a sweep by how they did on images that they did not learn from; the held-out test is not looked at
// for choosing, only told for the winner. Usage: node best.js <folder with <job>/<task>/metrics.json>
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const [folder = "sweep-results"] = process.argv.slice(2);
const tasks = globSync("*/*/metrics.json", { cwd: folder }).map((path) => {
	const { learningRate, seed, history, accuracy } = JSON.parse(readFileSync(join(folder, path), "utf8"));
	const { validationAccuracy } = history.at(-1);
	return {
		task: Number(basename(dirname(path))),
		path: dirname(path),
		learningRate,
		seed,
		validationAccuracy,
		accuracy,
	};
});
tasks.sort((a, b) => b.validationAccuracy - a.validationAccuracy || a.task - b.task);
const percent = (share) => `${(share * 100).toFixed(1)} %`;
for (const { task, learningRate, seed, validationAccuracy } of tasks) {
	const bar = "#".repeat(Math.round(validationAccuracy * 40));
	console.log(
		`task ${String(task).padStart(2)}  rate ${String(learningRate).padEnd(5)}  seed ${seed}  ${percent(validationAccuracy).padStart(6)}  ${bar}`,
	);
}
const [best] = tasks;
if (!best) {
	console.error(`there are no results in ${folder}`);
	process.exitCode = 1;
} else
	console.log(
		`best: task ${best.task}, ${percent(best.accuracy)} of the held-out digits right; ${join(folder, best.path)}`,
	);
