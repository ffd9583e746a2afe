export * from "./devnetUsd.ts";
export * from "./market.ts";
export * from "./panelArbiter.ts";
