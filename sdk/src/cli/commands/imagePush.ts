import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { CommandModule } from "../commandModule.ts";
import { pushImage } from "../pushImage.ts";
import { openSession } from "../session.ts";
import { formatBytes } from "../words.ts";

export const push: CommandModule = {
	usage: "push <image>",
	summary: "store an image and print the CID to write into a job file",
	examples: ["depin image push ./examples/digits", "depin image push ./image.tar", "depin image push my-image:latest"],
	run: async (context, [image = ""]) => {
		const session = await openSession(context);
		const path = resolve(context.cwd, image);
		// A name of the local engine may look like a folder; only what begins like a path is one.
		const isPath = /^[./]/.test(image) && existsSync(path);
		const pushed = await pushImage(session.content, isPath ? { path } : { name: image }, context);
		context.out.answer({ ...pushed }, [pushed.cid]);
		context.out.progress(`${pushed.imageId}, ${pushed.layers} layers, ${formatBytes(pushed.bytes)}`);
	},
};
