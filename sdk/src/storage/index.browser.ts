// The content a page can read, check and store. What needs a disk is left out.
export { cidOfDigest, DAG_PB, RAW } from "./block.ts";
export { createContentClient } from "./client.ts";
export { dagOfBlock } from "./dag.ts";
export { fetchRaw, readFile } from "./fetch.ts";
export { resolvePath } from "./resolvePath.ts";
export { encodeUri } from "./sources.ts";
export type { MemoryEntry } from "./unixfs.ts";
export { upload } from "./upload.ts";
