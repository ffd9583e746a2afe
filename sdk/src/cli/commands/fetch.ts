import { resolve } from "node:path";
import { formatJobRef, parseJobRef } from "../../chain/jobRef.ts";
import type { CommandModule } from "../commandModule.ts";
import { downloadOutputs, resultFolder } from "../download.ts";
import { readSubmitted } from "../evidence.ts";
import { openSession } from "../session.ts";
import { statusWord } from "../words.ts";

export const fetch: CommandModule<{ out?: string }> = {
	usage: "fetch <job>",
	summary: "download a job's outputs, every block checked against the CID on chain",
	examples: ["depin fetch 0x5c…e1/0", "depin fetch 0x5c…e1/0 --out ./weights"],
	options: [["--out <folder>", "where to put them (default: ./depin-results/<short id>/<n>)"]],
	run: async (context, [text = ""], { out }) => {
		const session = await openSession(context);
		const ref = parseJobRef(text);
		const { content, outputsCid, submission } = await readSubmitted(session, ref);
		const target = out === undefined ? resultFolder(context.cwd, ref) : resolve(context.cwd, out);
		context.out.progress(`fetching ${outputsCid}`);
		const { folder, files } = await downloadOutputs({ content, outputsCid, folder: target, signal: context.signal });
		const { status, exitCode } = submission.result;
		context.out.answer({ job: formatJobRef(ref), outputsCid, path: folder, files, status, exitCode }, [folder]);
		context.out.progress(`${files} file(s) of a job that ended: ${statusWord(status, exitCode)}`);
	},
};
