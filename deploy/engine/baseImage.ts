import { createHash } from "node:crypto";
import { access, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type Docker from "dockerode";
import { readElf } from "./elf.ts";
import { imageArchive, type LayerEntry } from "./imageArchive.ts";
import { sharedLibraries } from "./sharedLibraries.ts";

const NODE_VERSION = "24.21.0";
/** What Dockerfiles of this project name in `FROM`: the pinned Node, its shared libraries, and nothing else. */
export const BASE_IMAGE = `depin/node:${NODE_VERSION}`;

const INPUTS_LABEL = "dev.depin.base.inputs";
/** Raise when the files written below change, so that engines that hold an older image get the new one. */
const RECIPE = 1;
const REPOSITORY = resolve(import.meta.dirname, "../..");

const CONFIG = {
	User: "65532:65532",
	Env: ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp"],
	Cmd: ["node"],
	WorkingDir: "/",
};
const SKELETON: LayerEntry[] = [
	{ path: "etc/passwd", content: "root:x:0:0:root:/:/none\njob:x:65532:65532:job:/tmp:/none\n" },
	{ path: "etc/group", content: "root:x:0:\njob:x:65532:\n" },
	{ path: "tmp", mode: 0o1777, directory: true },
];

export type BaseImage = {
	tag: string;
	/** The engine's id of the image, `sha256:…`. */
	id: string;
	/** False when the engine had it already. */
	built: boolean;
};

/**
 * Makes sure that the engine holds `BASE_IMAGE`, made from this machine's own pinned Node and system libraries: no
 * registry, no network. The same inputs give the same image id on every machine. Cheap when the image is there.
 *
 * `node` is the path of a Linux Node 24.21.0 for the engine's processor; by default the one that npm installed.
 * A machine that is not Linux has no system libraries to give: there, an image that the user tagged so is taken as it
 * is. Throws, with the way out, when there is neither.
 */
export async function ensureBaseImage(docker: Docker, options: { node?: string } = {}): Promise<BaseImage> {
	const present = await inspect(docker);
	if (process.platform !== "linux") {
		if (present === undefined) throw new Error(noLibrariesHere());
		return { tag: BASE_IMAGE, id: present.id, built: false };
	}
	const { Arch: architecture } = await docker.version();
	const node = options.node ?? (await installedNode(architecture));
	const { architecture: nodeArchitecture } = await readElf(node);
	if (nodeArchitecture !== architecture) {
		throw new Error(`The container engine runs ${architecture} programs, but ${node} is made for ${nodeArchitecture}.`);
	}
	const files = await Promise.all([
		describe(node, "usr/local/bin/node"),
		...(await sharedLibraries(resolve(node))).map((path) => describe(path, path.slice(1))),
	]);
	const inputs = inputsDigest(architecture, files);
	if (present?.inputs === inputs) return { tag: BASE_IMAGE, id: present.id, built: false };

	const config = { ...CONFIG, Labels: { [INPUTS_LABEL]: inputs } };
	await load(docker, await imageArchive(BASE_IMAGE, { architecture, config }, [...SKELETON, ...files.map(asEntry)]));
	const id = await proveItStarts(docker);
	return { tag: BASE_IMAGE, id, built: true };
}

async function inspect(docker: Docker): Promise<{ id: string; inputs: string | undefined } | undefined> {
	try {
		const image = await docker.getImage(BASE_IMAGE).inspect();
		return { id: image.Id, inputs: image.Config.Labels?.[INPUTS_LABEL] };
	} catch (error) {
		if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return undefined;
		throw error;
	}
}

async function installedNode(architecture: string): Promise<string> {
	const packageName = `node-linux-${architecture === "amd64" ? "x64" : architecture}`;
	const candidates = [".depin/node/bin/node", `node_modules/${packageName}/bin/node`].map((path) =>
		join(REPOSITORY, path),
	);
	for (const path of candidates) {
		const found = await access(path).then(
			() => true,
			() => false,
		);
		if (found) return path;
	}
	throw new Error(
		`No Node ${NODE_VERSION} for the base image: run npm install --no-save ${packageName}@${NODE_VERSION}`,
	);
}

function noLibrariesHere(): string {
	return (
		`The base image ${BASE_IMAGE} is made from Linux system libraries, which this machine does not have. ` +
		`Give the engine one of yours: docker pull node:${NODE_VERSION}-slim && docker tag node:${NODE_VERSION}-slim ${BASE_IMAGE}`
	);
}

type InputFile = { path: string; source: string; size: number; identity: string };

/** Build ID and size name a file's contents without reading its 120 MB at each start. */
async function describe(file: string, path: string): Promise<InputFile> {
	const source = await realpath(file);
	const [{ size }, { buildId }] = await Promise.all([stat(source), readElf(source)]);
	if (buildId === undefined)
		throw new Error(`${source} has no GNU build ID, so the base image cannot tell its version`);
	return { path, source, size, identity: `${path} ${size} ${buildId}` };
}

function asEntry({ path, source, size }: InputFile): LayerEntry {
	return { path, source, size, mode: 0o755 };
}

function inputsDigest(architecture: string, files: InputFile[]): string {
	const lines = [`recipe ${RECIPE}`, architecture, ...files.map((file) => file.identity).sort()];
	return createHash("sha256").update(lines.join("\n")).digest("hex");
}

async function load(docker: Docker, archive: NodeJS.ReadableStream): Promise<void> {
	// The engine answers 200 before it has read the archive; whether it took it stands in the last lines it sends.
	const progress = await docker.loadImage(archive, { quiet: true });
	await new Promise<void>((done, fail) => {
		docker.modem.followProgress(progress, (error: Error | null, events: { error?: string }[]) => {
			const refused = error?.message ?? events.find((event) => event.error)?.error;
			if (refused === undefined) done();
			else fail(new Error(`The container engine refused the base image ${BASE_IMAGE}: ${refused}`));
		});
	});
}

/** Runs `node --version` in the new image, and takes the image away again when that does not work. */
async function proveItStarts(docker: Docker): Promise<string> {
	const image = docker.getImage(BASE_IMAGE);
	const container = await docker.createContainer({
		Image: BASE_IMAGE,
		Cmd: ["node", "--version"],
		Tty: true,
		HostConfig: { NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"] },
	});
	try {
		await container.start();
		await container.wait();
		const printed = (await container.logs({ stdout: true, stderr: true })).toString().trim();
		if (printed === `v${NODE_VERSION}`) return (await image.inspect()).Id;
		await image.remove({ force: true });
		throw new Error(`The base image ${BASE_IMAGE} does not run Node ${NODE_VERSION}: it printed "${printed}".`);
	} finally {
		await container.remove({ force: true });
	}
}
