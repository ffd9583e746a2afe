export * from "./client.ts";
export * from "./heartbeat.ts";
export * from "./openapi.ts";
export * from "./problems.ts";
export * from "./queries.ts";
export * from "./quote.ts";
export type { IndexerConfig } from "./request.ts";
export * from "./routes.ts";
export * from "./types.ts";
