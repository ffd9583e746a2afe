// What the manifest calls, one handler an event.
export * from "./disputes";
export * from "./escrow";
export * from "./orders";
export * from "./outcomes";
export * from "./registry";
export * from "./replicas";
