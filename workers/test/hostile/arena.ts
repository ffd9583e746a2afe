import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { RUNSC } from "../../../deploy/setup/servers.ts";
import { dockerEngine } from "../../src/engine/docker.ts";
import { hostAbilities } from "../../src/node/host.ts";
import { startOwnEngine } from "../ownEngine.ts";
import type { Attack, Tier } from "./attack.ts";
import { type Bystander, startBystander } from "./bystander.ts";
import { loadImages } from "./images.ts";
import type { Arena } from "./runAttack.ts";

export const RUNTIMES = { container: "runc", sandbox: "runsc" } as const;

export type OpenArena = Arena & { bystander: Bystander; close(): Promise<void> };

/** A node's engine with an honest job running, and services on the host to aim at. */
export async function openArena(tier: Tier, attacks: readonly Attack[]): Promise<OpenArena> {
	const { docker, socketPath, engineDir, stopEngine } = await engineOf(tier);
	const engine = dockerEngine({ socketPath });
	const dir = await mkdtemp(join(tmpdir(), "depin-arena-"));
	await writeFile(join(dir, "secret"), "of the node");
	await writeFile(join(dir, "input"), "of the consumer");
	const images = await loadImages(docker, attacks);
	const services = await startServices();
	const labels = { "depin.test": randomBytes(4).toString("hex") };
	const host = await hostAbilities(await engine.info());
	const arena: Arena = {
		runtime: RUNTIMES[tier],
		docker,
		engine,
		host,
		images,
		dir,
		engineDir,
		targets: services.targets,
		labels,
	};
	const bystander = await startBystander(arena, images.node);
	return {
		...arena,
		bystander,
		async close() {
			for (const { id } of await engine.list(labels)) await engine.remove(id);
			await images.remove();
			engine.close();
			services.close();
			await stopEngine();
			await rm(dir, { recursive: true, force: true });
		},
	};
}

async function engineOf(tier: Tier) {
	// On recent kernels gVisor of 2022 takes every network namespace for the host's and refuses to start with a network.
	const runtimes = { runsc: { path: RUNSC, runtimeArgs: ["--network=none"] } };
	const own = tier === "sandbox" ? await startOwnEngine({ runtimes }) : undefined;
	const { docker, socketPath } = own ?? (await ensureEngine(() => {}));
	const { DockerRootDir } = await docker.info();
	return { docker, socketPath, engineDir: DockerRootDir as string, stopEngine: async () => own?.stop() };
}

async function startServices() {
	const abstract = `depin-${randomBytes(4).toString("hex")}`;
	const onLoopback = await listening(createServer(), 0);
	const onAbstract = await listening(createServer(), `\0${abstract}`);
	const address = onLoopback.address();
	const port = typeof address === "object" && address !== null ? address.port : 0;
	return {
		targets: { TARGET_PORT: `${port}`, TARGET_SOCKET: abstract },
		close: () => [onLoopback, onAbstract].map((server) => server.close()),
	};
}

function listening(server: Server, at: number | string): Promise<Server> {
	return new Promise((done, fail) => {
		server.on("connection", (socket) => socket.destroy()).once("error", fail);
		if (typeof at === "string") server.listen(at, () => done(server));
		else server.listen(at, "127.0.0.1", () => done(server));
	});
}
