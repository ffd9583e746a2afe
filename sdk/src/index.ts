// The library's front door. Everything has a defining file; inside this repository, import from that.
export * from "./chain/amounts.ts";
export * from "./chain/client.ts";
export * from "./chain/clocks.ts";
export * from "./chain/deterrence.ts";
export * from "./chain/disputes.ts";
export * from "./chain/draft.ts";
export * from "./chain/jobRef.ts";
export * from "./chain/pricing.ts";
export * from "./chain/result.ts";
export * from "./chain/sortition.ts";
export * from "./chain/state.ts";
export * from "./chain/terms.ts";
export type { JobStanding } from "./chain/timeline.ts";
export * from "./chain/typedData.ts";
export * from "./errors/base.ts";
export * from "./errors/chain.ts";
export * from "./errors/indexer.ts";
export { explainChainError, MarketRefusedError } from "./errors/revert.ts";
