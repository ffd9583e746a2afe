export * from "./client.ts";
export * from "./gatewayClient.ts";
export * from "./heartbeat.ts";
export * from "./quote.ts";
export * from "./types.ts";
