export { canonicalBytes, canonicalJson } from "./canonicalJson.ts";
export { type EgressRefusal, type EgressRule, type EgressUse, egressUse, parseEgressRule } from "./egress.ts";
export { openEnvelope, type SignedStatement, type StatementSigner, signStatement } from "./envelope.ts";
export * from "./errors.ts";
export { fetchJobContent, readOutputs } from "./fetchJob.ts";
export { fetchJobToMemory, type JobInMemory } from "./fetchJobToMemory.ts";
export { checkImageArchive, type ImageInfo, type ImageLimits } from "./imageArchive.ts";
export { type BuildOptions, buildImage, normaliseImageFile, saveImage } from "./imageBuild.ts";
export { checkImageConfig, hostArchitecture, type ImageDeclarations, refuseDeclarations } from "./imageConfig.ts";
export {
	type ImageSource,
	type InputSource,
	type JobFile,
	type JobOutputRef,
	parseJobFile,
	parseJobOutputRef,
	withEnv,
} from "./jobFile.ts";
export { type LeafProofParameters, leafProof } from "./leafProof.ts";
export {
	type Bundle,
	type BundleTask,
	createBundle,
	type Manifest,
	type Parameters,
	parseManifest,
	specOfTask,
	tasksOfLot,
} from "./manifest.ts";
export { type Comparison, compareOutputs, type OutputFile, type TaskOutputs } from "./match/compare.ts";
export { merkleProof, merkleRoot, resultLeaf, taskLeaf, verifyProof } from "./merkle.ts";
export { usableSources } from "./namedSources.ts";
export { EGRESS_PROXY, type Needs, needsOf } from "./needs.ts";
export { type OrderSection, orderChoices } from "./orderSection.ts";
export type { FieldProblem } from "./problems.ts";
export { explainReason, type Reason, reasonNames, reasons } from "./reasons.ts";
export { type JobOutcome, jobOutcome, resultLeaves, resultRoot, type TaskResult } from "./resultTree.ts";
export { type JobSpec, type Match, parseSpec, specDigest } from "./spec.ts";
export { buildStatement, type StatementParameters, type TaskReport, tierLevel } from "./statement.ts";
export type { Statement, StatementTask } from "./statementSchema.ts";
export {
	type Check,
	type CheckName,
	checkNames,
	type Fetched,
	type JobContent,
	type JobFacts,
	type OutputsRead,
	verifyJob,
} from "./verify.ts";
