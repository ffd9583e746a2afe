import { basename } from "node:path";
import type { DraftOrderParameters } from "../chain/draft.ts";
import type { ImageSource, InputSource, JobFile } from "../jobs/jobFile.ts";
import { type Bundle, createBundle } from "../jobs/manifest.ts";
import { usableSources } from "../jobs/namedSources.ts";
import { parseSpec } from "../jobs/spec.ts";
import { parseCid } from "../storage/block.ts";
import { type ContentClient, sourcesToName, withSources } from "../storage/client.ts";
import { dagOfBlock } from "../storage/dag.ts";
import { importPath } from "../storage/importPath.ts";
import { resolvePath } from "../storage/resolvePath.ts";
import { encodeUri } from "../storage/sources.ts";
import { upload } from "../storage/upload.ts";
import type { Context } from "./context.ts";
import { readEvidence } from "./evidence.ts";
import { pushImage } from "./pushImage.ts";
import type { Session } from "./session.ts";
import { formatBytes } from "./words.ts";

/** A job whose every name is a CID or digest, stored where nodes can fetch it. */
export type ResolvedJob = { bundle: Bundle; uri: string; work: DraftOrderParameters["work"] };

/** Sources an order's uri can name. */
const MAX_SOURCES = 4;

/** Builds, pushes and looks up what a job file names, and stores the bundle's manifest. */
export async function resolveForOrder(context: Context, session: Session, file: JobFile): Promise<ResolvedJob> {
	const inputs: { path: string; cid: string }[] = [];
	let content: ContentClient = session.content;
	for (const { path, from } of file.inputs) {
		const resolved = await resolveInput(context, session, path, from);
		inputs.push({ path, cid: resolved.cid });
		content = withSources(content, resolved.sources);
	}
	// Last: building takes longest, and an input that is not there should be heard of before.
	const image = await resolveImage(context, session, file.image);
	const spec = parseSpec({ ...file.template, image, inputs });
	const bundle = createBundle({ spec, parameters: file.parameters, tasksPerLot: file.tasksPerLot });
	await upload(session.content, dagOfBlock(bundle.block), { name: `manifest ${bundle.cid}`, signal: context.signal });
	const named = [...sourcesToName(session.content), ...content.sources.map(({ url }) => url)];
	const sources = [...new Set(named)].slice(0, MAX_SOURCES);
	const { taskRoot, digest: manifest, lots } = bundle;
	const work = { taskRoot, manifest, lots, tasksPerLot: file.tasksPerLot, timeout: spec.timeout };
	return { bundle, uri: encodeUri({ cid: bundle.cid, sources }), work };
}

async function resolveImage(context: Context, session: Session, image: ImageSource): Promise<string> {
	if (image.kind === "cid") return image.cid;
	if (image.kind === "registry") return image.reference;
	return (await pushImage(session.content, { path: image.path }, context)).cid;
}

/** The CID of one input, and where else than in our own storage it may be found. */
async function resolveInput(
	context: Context,
	session: Session,
	path: string,
	from: InputSource,
): Promise<{ cid: string; sources: string[] }> {
	const { signal, out } = context;
	if (from.kind === "cid") return { cid: from.cid, sources: [] };
	if (from.kind === "path") {
		const dag = await importPath(from.path, { signal });
		out.progress(`pushing input ${path} from ${from.path}, ${formatBytes(dag.bytes)}`);
		await upload(session.content, dag, { name: `input ${basename(from.path)}`, signal });
		return { cid: dag.root.toString(), sources: [] };
	}
	const { content, outputsCid, statement, uri } = await readEvidence(session, from.ref, signal);
	const cid = (await resolvePath(content, parseCid(outputsCid), from.ref.path, { signal })).toString();
	out.progress(`input ${path} is ${cid}, from job ${from.ref.orderId}/${from.ref.job}`);
	return { cid, sources: usableSources(uri, statement) };
}
