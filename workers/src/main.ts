import { Command } from "commander";
import { Exit, oneLine } from "./runtime/errors.ts";

const example = `
Examples:
  depin-worker init --owner 0x90F79bf6EB2c4f870365E785982E1f101E93b906 --class 1 --market 0x... --chain-id 8453 --out ./node-1
  depin-worker node --config ./node-1/node.json
  depin-worker storage --config storage.json

Exit codes: 0 done, 1 do not restart (configuration, key, funds), 70 a mistake in the worker, 75 try again.
`;

/** The command `depin-worker`. Only this file ends the process. */
export async function main(argv: string[]): Promise<void> {
	const program = new Command("depin-worker")
		.description("Off-chain workers of the depin market")
		.addHelpText("after", example);
	const run = (work: () => Promise<number>) =>
		work().then(
			(code) => process.exit(code),
			(error: unknown) => {
				console.error(`depin-worker: ${oneLine(error)}`);
				process.exit(Exit.doNotRestart);
			},
		);
	// Each role is imported only when it is asked for, so that a keeper needs neither Helia nor an engine.
	const role = (name: string, description: string, load: () => Promise<(file: string) => Promise<number>>) =>
		program
			.command(name)
			.description(description)
			.requiredOption("--config <file>", "configuration, JSON or YAML")
			.action((options: { config: string }) => run(async () => (await load())(options.config)));
	const { runRole } = await import("./runtime/role.ts");
	role("node", "claims jobs, runs them in containers, submits results", async () => {
		const { nodeRole } = await import("./node/role.ts");
		return (file) => runRole(nodeRole, file);
	});
	role("storage", "keeps content on disk and serves it as a trustless gateway", async () => {
		const { storageRole } = await import("./storage/role.ts");
		return (file) => runRole(storageRole, file);
	});
	role("keeper", "settles, expires, voids and closes what is due", async () => {
		const { keeperRole } = await import("./keeper/role.ts");
		return (file) => runRole(keeperRole, file);
	});
	const { initCommand } = await import("./runtime/init.ts");
	program.addCommand(initCommand(run));
	const { rerunCommand } = await import("./node/rerunCommand.ts");
	program.addCommand(rerunCommand(run));
	const { auditCommand } = await import("./node/auditCommand.ts");
	program.addCommand(auditCommand(run));
	const { quotaCommand } = await import("./quota/quotaCommand.ts");
	program.addCommand(quotaCommand(run));
	const { doctorCommand } = await import("./doctor/doctorCommand.ts");
	program.addCommand(doctorCommand(run));
	await program.parseAsync(argv, { from: "user" });
}
