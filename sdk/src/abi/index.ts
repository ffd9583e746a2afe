export * from "./devnetUsd.ts";
export * from "./market.ts";
