// The jobs a page can read, check and order. What needs a disk or an engine is left out.

export { openEnvelope } from "./envelope.ts";
export * from "./errors.ts";
export { fetchJobToMemory, type JobInMemory } from "./fetchJobToMemory.ts";
export { type JobFile, parseJobFile } from "./jobFile.ts";
export { leafProof } from "./leafProof.ts";
export { type Bundle, createBundle, parseManifest } from "./manifest.ts";
export type { FieldProblem } from "./problems.ts";
export { type JobSpec, parseSpec } from "./spec.ts";
export type { Statement } from "./statementSchema.ts";
export { type Check, type CheckName, type JobContent, type JobFacts, verifyJob } from "./verify.ts";
