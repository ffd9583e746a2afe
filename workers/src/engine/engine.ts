import type { JobSpec } from "depin/jobs";
import type { NetworkEngine } from "./dockerNetworks.ts";

/** What a container is connected to. `network` is a name. */
export type Connection =
	/** A job, to nothing but its proxy at this address. */
	| { kind: "inner"; network: string; proxy: string }
	/** A proxy, to the outside; its leg in the job's network comes later. No resolvers: the engine's. */
	| { kind: "outer"; network: string; resolvers: readonly string[] };

/** Everything the engine must know to make one container; pure data, so that what it becomes can be tested as a table. */
export interface ContainerPlan {
	/** Unique on the engine; creating the same name twice adopts the first container. */
	name: string;
	/** `org.depin.*` labels by which a restarted node finds its containers again. */
	labels: Record<string, string>;
	/** Image ID (`sha256:…`) as verified after load or pull; never a tag. */
	imageId: string;
	/** Resolved spec of the task, its parameters already merged into `env`. */
	spec: JobSpec;
	/** Global index of the task in its order. */
	taskIndex: number;
	/** Host directory mounted read-write at /outputs; nowhere to write to when undefined. */
	outputsDir: string | undefined;
	/** Verified host paths mounted read-only. */
	inputs: { path: string; source: string }[];
	/** GPUs of this container by UUID; as many as the spec asks for. */
	gpuUuids: string[];
	/** Open files the container may have; the engine cannot give more than it was itself started with. */
	openFiles: number;
	/** User and group of the container's processes; never 0. The output directory belongs to it. */
	uid: number;
	/** The engine's runtime that makes the tier, as it lists it. */
	runtime: string;
	/** Absent = connected to nothing, which is what a job gets unless its spec says otherwise. */
	connection?: Connection | undefined;
}

export interface ContainerState {
	id: string;
	/** `created`: never started. `running`: alive. `exited`: ended, its exit code and times are final. */
	phase: "created" | "running" | "exited";
	exitCode: number;
	/** The engine's word that the kernel killed something in the container for memory, be it PID 1 or a child. */
	oomKilled: boolean;
	/** Why the engine could not start or keep it; empty when it could. */
	error: string;
	/** Engine's clock, milliseconds since 1970; undefined before the event. */
	startedAtMs: number | undefined;
	finishedAtMs: number | undefined;
	/** What it runs under, in the engine's word. */
	runtime: string;
	labels: Record<string, string>;
}

export interface CapturedLogs {
	bytes: Uint8Array;
	/** True when the container wrote more than was kept; the kept bytes then end in a line that says so. */
	truncated: boolean;
}

/** Hears what a container writes, as it is written. */
export interface LogTap {
	write(bytes: Uint8Array): void;
	/** The container ended; `truncated`: or wrote more than is kept. */
	end(truncated: boolean): void;
}

export interface EngineInfo {
	version: string;
	cpus: number;
	memoryMiB: number;
	runtimes: string[];
	/** How each is configured, in the engine's own form; for noticing a change. */
	runtimeConfigs: Record<string, unknown>;
	/** Where it keeps images and containers, when that is on this machine. */
	rootDir: string;
	/** Added to a container's user ids on the host; 0 unless the engine maps users to ones of their own. */
	uidOffset: number;
}

/**
 * What a node asks of whatever runs its containers. Every call is idempotent, so that a step may be repeated after a
 * crash: creating adopts by name, starting a started container and removing a removed one are no errors.
 * Calls reject with `EngineError`; its `retriable` says whether waiting can help.
 */
export interface ContainerEngine {
	/** Rejects with code `engine-down` when nothing answers. */
	info(): Promise<EngineInfo>;
	/** The ID of an image the engine holds, or undefined. `reference`: an ID or `<repo>@sha256:…`. */
	imageId(reference: string): Promise<string | undefined>;
	/** Loads a checked `docker save` archive; rejects unless the engine then holds exactly `expectedId`. */
	loadImage(tarPath: string, expectedId: string): Promise<void>;
	/** Pulls `<repo>@sha256:…` and returns its image ID; rejects when the engine lists another digest for it. */
	pullImage(reference: string, signal: AbortSignal): Promise<string>;
	/** Rejects with code `image-invalid` what no node may run: for another platform, or declaring what could harm it. */
	demandRunnable(id: string): Promise<void>;
	/** Of its layers, unpacked; those it shares with other images too. */
	imageBytes(id: string): Promise<number>;
	/** False when something uses the image, which then stays. */
	removeImage(id: string): Promise<boolean>;
	create(plan: ContainerPlan): Promise<string>;
	start(id: string): Promise<void>;
	/** Resolves when the container is not running any more. */
	wait(id: string, signal: AbortSignal): Promise<ContainerState>;
	/** TERM, then KILL after `graceSeconds`. */
	stop(id: string, graceSeconds: number): Promise<void>;
	/** Removes the container, running or not, and its anonymous volumes. */
	remove(id: string): Promise<void>;
	inspect(idOrName: string): Promise<ContainerState | undefined>;
	/** All containers, running or not, that carry every one of these labels. */
	list(labels: Record<string, string>): Promise<{ id: string; labels: Record<string, string> }[]>;
	/**
	 * Standard output and error in the order written, at most `maxBytes`; `captured` resolves when the container ended or
	 * wrote more. Call between create and start to miss nothing: afterwards only the bounded tail the engine kept is left.
	 * `tap` hears the same bytes as they come.
	 */
	capture(id: string, maxBytes: number, tap?: LogTap): Promise<{ captured: Promise<CapturedLogs> }>;
	/** The last whole line a container has written so far, be it running or not; at most 64 KiB of it. */
	lastLine(id: string): Promise<string | undefined>;
	networks: NetworkEngine;
}
