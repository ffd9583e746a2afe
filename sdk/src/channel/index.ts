export * from "./access.ts";
export * from "./errors.ts";
export * from "./followLogs.ts";
export * from "./logLines.ts";
export * from "./place.ts";
