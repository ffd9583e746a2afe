import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { CommandModule } from "../commandModule.ts";
import { UsageError } from "../errors.ts";

const FILES = {
	"job.yaml": `# What runs, and what you offer for it; every field: docs/spec.md
#   depin run job.yaml --dry-run     what it would cost
#   depin run job.yaml --wait        order it, check it, fetch it, pay it
version: 1
image: . # the folder with the Dockerfile
inputs:
  - path: /inputs/greeting # read-only in the container; a file, a folder, a CID, or job:<orderId>/<n>/outputs/<path>
    from: ./greeting.txt
env:
  NAME: "world"
resources:
  cpus: 1
  memoryMiB: 256
timeout: 60 # seconds
match: exact # a second run must give the same bytes
order:
  price: "0.05"
`,
	Dockerfile: `FROM depin/node:24.21.0
COPY main.js /app/
ENTRYPOINT ["node", "/app/main.js"]
`,
	"main.js": `// Reads /inputs, writes /outputs; there is no network. What it prints is the job's log.
import { readFileSync, writeFileSync } from "node:fs";

const greeting = readFileSync("/inputs/greeting", "utf8").trim();
const text = \`\${greeting}, \${process.env.NAME}!\\n\`;
process.stdout.write(text);
writeFileSync("/outputs/greeting.txt", text);
`,
	"greeting.txt": "Hello\n",
};

export const init: CommandModule = {
	usage: "init [folder]",
	summary: "a job to start from: job.yaml, Dockerfile, program, input; nothing that is there is touched",
	examples: ["depin init my-job && depin run my-job/job.yaml --wait"],
	run: async ({ cwd, out }, [folder = "."]) => {
		const target = resolve(cwd, folder);
		const taken = Object.keys(FILES).filter((name) => existsSync(join(target, name)));
		if (taken.length > 0)
			throw new UsageError(`${taken.map((name) => join(target, name)).join(" and ")} exists`, {
				hint: "Name an empty or new folder.",
			});
		await mkdir(target, { recursive: true });
		for (const [name, text] of Object.entries(FILES)) await writeFile(join(target, name), text, { flag: "wx" });
		const job = relative(cwd, join(target, "job.yaml"));
		out.answer({ folder: target, files: Object.keys(FILES) }, [target]);
		out.progress(`try it: depin run ${job} --dry-run`);
	},
};
