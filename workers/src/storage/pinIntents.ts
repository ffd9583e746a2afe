import { mkdir, readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CID } from "multiformats/cid";

export type PinIntent = "add" | "remove";

/** Notes on disk of pin changes under way: one file a root, so that a kill at any instant leaves a trace. */
export type PinIntents = {
	during(root: CID, intent: PinIntent, work: () => Promise<void>): Promise<void>;
	/** Gives every note that was left behind to `finish`, and forgets those that it settled. */
	settle(
		finish: (root: CID, intent: PinIntent) => Promise<void>,
		onFailure: (root: string, error: unknown) => void,
	): Promise<void>;
};

export async function openPinIntents(dir: string): Promise<PinIntents> {
	await mkdir(dir, { recursive: true });
	return {
		async during(root, intent, work) {
			const path = join(dir, root.toString());
			await writeFile(path, intent);
			await work();
			await unlink(path);
		},
		async settle(finish, onFailure) {
			for (const name of await readdir(dir)) {
				try {
					const intent = await readFile(join(dir, name), "utf8");
					await finish(CID.parse(name), intent === "remove" ? "remove" : "add");
					await unlink(join(dir, name));
				} catch (error) {
					onFailure(name, error);
				}
			}
		},
	};
}
