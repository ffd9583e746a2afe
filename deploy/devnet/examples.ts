import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildImage, type ImageSource, type InputSource, parseJobFile, saveImage } from "depin/jobs";
import { type ContentClient, createContentClient, importPath, upload } from "depin/storage";
import { type Hex, zeroHash } from "viem";
import { parse, stringify } from "yaml";
import type { Devnet } from "./devnet.ts";
import type { Example } from "./site.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** A job file as written, with image and inputs by CID: all a page needs to order it. */
export type StoredJob = Record<string, unknown> & { env?: Record<string, string> };

/** What a page offers to start from; the folder of each is in `examples`. */
const OFFERED = [
	{
		folder: "digits",
		name: "Handwritten digits",
		about: "Trains a classifier on 8,000 images and measures it on 2,000 others. Half a minute on two cores.",
	},
	{
		folder: "embed",
		name: "Sentences by meaning",
		about: "A language model says which sentences mean the same. Three seconds on one core.",
	},
	{
		folder: "sweep",
		name: "Twenty trainings at once",
		about: "Twenty learning rates in four jobs, which both nodes claim side by side. Two minutes.",
	},
	{
		folder: "infer",
		name: "Read digits",
		about: "Reads ten images with the weights of a finished digits job. Under a second.",
	},
];

type Stored = Pick<Devnet, "storage">;
type StoreOptions = {
	/** A digits job, whose weights the next example takes. Without one the person names it. */
	digits: Hex | undefined;
	signal: AbortSignal;
	onStored: (example: Example) => void;
};

/** Stores image and inputs of every example, one after the other, and tells of each when it can be ordered. */
export async function storeExamples(devnet: Stored, { digits, signal, onStored }: StoreOptions): Promise<void> {
	for (const { folder, name, about } of OFFERED) {
		const job = await storeExample(devnet, folder, signal);
		const file = stringify(job);
		onStored({ name, about, file: digits === undefined ? file : file.replaceAll(zeroHash, digits) });
	}
}

/** What `depin run` does before it posts: the image is built, image and inputs are stored, and each named by its CID. */
export async function storeExample({ storage }: Stored, name: string, signal: AbortSignal): Promise<StoredJob> {
	const folder = join(ROOT, "examples", name);
	const text = await readFile(join(folder, "job.yaml"), "utf8");
	const { image, inputs } = parseJobFile(text, folder);
	const content = createContentClient({ sources: [storage.url], uploadTo: { url: storage.url, token: storage.token } });
	const written: StoredJob & { inputs: { from: string }[] } = parse(text);
	const named = [];
	for (const [index, { path, from }] of inputs.entries()) {
		named.push({ path, from: (await storeInput(content, from, signal)) ?? written.inputs[index]?.from });
	}
	return { ...written, image: await storeImage(content, image, signal), inputs: named };
}

/** Undefined for what is no path: it is named already. */
async function storeInput(content: ContentClient, from: InputSource, signal: AbortSignal): Promise<string | undefined> {
	if (from.kind !== "path") return undefined;
	const dag = await importPath(from.path, { signal });
	await upload(content, dag, { name: "an example's input", signal });
	return dag.root.toString();
}

async function storeImage(content: ContentClient, image: ImageSource, signal: AbortSignal): Promise<string> {
	if (image.kind !== "path") throw new Error("an example's image is a folder with a Dockerfile");
	const folder = await mkdtemp(join(tmpdir(), "depin-example-"));
	try {
		const archive = join(folder, "image.tar");
		await saveImage(await buildImage(image.path, { signal }), archive, { signal, limits: { architecture: "any" } });
		const dag = await importPath(archive, { signal });
		await upload(content, dag, { name: "an example's image", signal });
		return dag.root.toString();
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
