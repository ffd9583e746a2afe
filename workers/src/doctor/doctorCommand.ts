import { Command } from "commander";
import { Exit } from "../runtime/errors.ts";
import { examine } from "./examine.ts";

const example = `
Example:
  depin-worker doctor --config ./node-1/node.json

Exit codes: 0 the node can work (warnings aside), 1 something must be mended first.`;

/** `depin-worker doctor`: what keeps this machine from working as a node, and what mends it. */
export function doctorCommand(run: (work: () => Promise<number>) => Promise<void>): Command {
	return new Command("doctor")
		.description("check everything a node needs, and say how to mend what is missing")
		.requiredOption("--config <file>", "the node's configuration, JSON or YAML")
		.option("--json", "print one JSON object")
		.addHelpText("after", example)
		.action((options: { config: string; json?: true }) => run(() => diagnose(options)));
}

async function diagnose({ config, json }: { config: string; json?: true }): Promise<number> {
	const findings = await examine(config);
	const healthy = findings.every(({ trouble }) => trouble === undefined || trouble.warning === true);
	if (json) console.log(JSON.stringify({ healthy, checks: findings }));
	else
		for (const { check, says, trouble } of findings) {
			const mark = trouble === undefined ? "ok" : trouble.warning ? "warn" : "FAIL";
			console.log(`${mark.padEnd(5)} ${check.padEnd(14)} ${says}`);
			if (trouble) console.log(`${" ".repeat(20)} → ${trouble.fix}`);
		}
	return healthy ? Exit.done : Exit.doNotRestart;
}
