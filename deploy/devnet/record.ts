import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Address } from "viem";

/** What a devnet started, written down before it does anything: what a killed one left behind is found by it. */
export interface Running {
	/** Identities (pid and start time) of its processes. */
	processes: string[];
	/** Its nodes' addresses: every container and volume of theirs carries one as the label `depin.node`. */
	nodes: Address[];
}

export interface Record {
	addProcess(identity: string): void;
	addNodes(nodes: Address[]): void;
	/** Nothing of it is left. */
	clear(): void;
}

export function openRecord(stateDir: string): Record {
	const running: Running = { processes: [], nodes: [] };
	const path = pathOf(stateDir);
	const save = () => {
		mkdirSync(stateDir, { recursive: true });
		writeFileSync(`${path}.new`, JSON.stringify(running));
		renameSync(`${path}.new`, path);
	};
	return {
		addProcess(identity) {
			running.processes.push(identity);
			save();
		},
		addNodes(nodes) {
			running.nodes.push(...nodes);
			save();
		},
		clear: () => rmSync(path, { force: true }),
	};
}

export function readRecord(stateDir: string): Running | undefined {
	const path = pathOf(stateDir);
	return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

const pathOf = (stateDir: string) => join(stateDir, "running.json");
