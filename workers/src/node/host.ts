import { readFile } from "node:fs/promises";
import type { EngineInfo } from "../engine/engine.ts";
import { CONTAINER_UID } from "../engine/hostConfig.ts";
import { type Quota, quotaOf } from "../engine/outputVolume.ts";
import type { HostAbilities } from "./context.ts";

/** Asked once at start. */
export async function hostAbilities(
	{ uidOffset }: Pick<EngineInfo, "uidOffset">,
	quota?: Quota,
): Promise<HostAbilities> {
	return {
		quota: quota ?? (await quotaOf()),
		uid: CONTAINER_UID,
		ownerUid: CONTAINER_UID + uidOffset,
		openFiles: Math.min(65_536, await openFilesLimit()),
	};
}

/** A container cannot be given more open files than the engine has, which was started under the same limits as we were. */
async function openFilesLimit(): Promise<number> {
	const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
	return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 4096);
}
