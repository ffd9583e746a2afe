import type { JobSpec } from "depin/jobs";
import type { ContainerCreateOptions, HostConfig } from "dockerode";
import type { Quota } from "../../src/engine/outputVolume.ts";
import { program, type Step } from "./program.ts";
import type { Seen } from "./runAttack.ts";

export type Tier = "container" | "sandbox";

/** Everything that holds a container, for a proof to take one part away from a copy. */
export type Configuration = {
	body: ContainerCreateOptions & { HostConfig: HostConfig };
	quota: Quota;
	/** Whether outputs are judged before they are imported. */
	judged: boolean;
};

/** A container that tries something. It exits 0 if and only if it got what it wanted. */
export type Attack = {
	name: string;
	/** JavaScript for a Node in the container, or the program file itself in an image that holds nothing else. */
	runs: string | Uint8Array;
	/** Mode of the program file. */
	mode?: number;
	/** What the image declares, as a line of a Dockerfile. */
	image?: string;
	/** Paths it declares as volumes. */
	volumes?: string[];
	/** The control that holds it, in a few words. */
	stoppedBy: string;
	/** Default both. gVisor may be run without control groups, and lets through what ends in its own kernel. */
	tiers?: readonly Tier[];
	spec?: Partial<Omit<JobSpec, "resources">> & { resources?: Partial<JobSpec["resources"]> };
	/** Throws unless the attack was held. Default: the program exited with an error. */
	held?: (seen: Seen) => void;
	/** Takes the control away. */
	off: (configuration: Configuration) => void;
	/** What holds it then. Absent when it gets what it wants. */
	secondControl?: string;
	/** What holds it then in gVisor, where it gets what it wants elsewhere. */
	heldBySandbox?: string;
	/** Throws unless the proof shows what is claimed. Default: exit 0, or still an error where a second control holds. */
	proven?: (seen: Seen) => void;
};

/** An attack of bare kernel calls. */
export const calls = (...steps: Step[]): Uint8Array => program(steps);

/** JavaScript that exits 0 when the body returns something truthy, and otherwise says what stopped it. */
export function attempt(body: string): string {
	const gave = `(got) => { console.log("got", got); process.exit(got ? 0 : 1); }`;
	const failed = `(error) => { console.log("stopped", error.code ?? error.message); process.exit(1); }`;
	return `(async () => { ${body} })().then(${gave}, ${failed})`;
}

/** As a careless configuration would have it: root, with these capabilities and those every engine gives, and no filter. */
export function asRootWith(...capabilities: string[]): Attack["off"] {
	return (configuration) => {
		withoutFilter(configuration);
		configuration.body.User = "0:0";
		configuration.body.HostConfig.CapDrop = [];
		configuration.body.HostConfig.CapAdd = capabilities;
	};
}

export const withoutFilter: Attack["off"] = ({ body }) => {
	body.HostConfig.SecurityOpt = ["no-new-privileges:true", "seccomp=unconfined"];
};

export const withoutLimit =
	(name: string): Attack["off"] =>
	({ body }) => {
		body.HostConfig.Ulimits = body.HostConfig.Ulimits?.filter(({ Name }) => Name !== name) ?? [];
	};

/** Changes fields of the HostConfig. */
export const withHost =
	(changes: Partial<HostConfig>): Attack["off"] =>
	({ body }) => {
		Object.assign(body.HostConfig, changes);
	};
