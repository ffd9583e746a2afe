export { isPublicAddress } from "./address.ts";
export * from "./block.ts";
export { type CarStream, decodeCar, encodeCar } from "./car.ts";
export {
	type ContentClient,
	type ContentClientConfig,
	type ContentSource,
	createContentClient,
	sourcesToName,
	withSources,
} from "./client.ts";
export { type Dag, dagOfBlock, joinDags } from "./dag.ts";
export type { WalkLimits } from "./dagWalk.ts";
export { type DagLimits, linksOf } from "./demand.ts";
export * from "./errors.ts";
export { type Exported, type ExportedFile, exportTo } from "./export.ts";
export { type FetchOptions, fetchDag, fetchRaw, readFile } from "./fetch.ts";
export { callHttp, type HttpAnswer, type HttpCall } from "./http.ts";
export { type ImportOptions, importPath } from "./importPath.ts";
export type { ImportLimits } from "./localFiles.ts";
export { refuseName, refusePath } from "./names.ts";
export { readFiles } from "./readFiles.ts";
export { resolvePath } from "./resolvePath.ts";
export { type ContentUri, decodeUri, encodeUri, normaliseSource } from "./sources.ts";
export {
	type DirectoryChild,
	directoryOf,
	type ImportedDag,
	type ImportedFile,
	importBytes,
	importEntries,
	type MemoryEntry,
	UNIXFS_PROFILE,
} from "./unixfs.ts";
export { type Uploaded, type UploadOptions, upload } from "./upload.ts";
