import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SetupFailure } from "../setup/failure.js";
import { identity } from "../setup/lock.js";

export interface Ended {
	code: number | null;
	signal: NodeJS.Signals | null;
}

/** One child process of the devnet. */
export interface Service {
	name: string;
	url: string;
	configPath?: string;
	logPath: string;
	/** Undefined while it does not run. */
	readonly pid: number | undefined;
	/** Ends when the present run does. */
	readonly exited: Promise<Ended>;
	/** Sends the signal (default SIGTERM) and resolves when the process is gone; a deaf one is killed after `drainMs`. */
	kill(signal?: NodeJS.Signals): Promise<void>;
	/** Runs it, again after a kill, with the same command and configuration; resolves when it is ready. */
	start(): Promise<void>;
}

export interface ServicePlan {
	name: string;
	/** Arguments of the Node this runs on; no shell in between, so that the pid is the program's own. */
	args: string[];
	cwd: string;
	env?: Record<string, string>;
	url: string;
	configPath?: string;
	logPath: string;
	isReady: () => Promise<boolean>;
	/** Not ready by then is told with {@link ServicePlan.onLate}; not by ten times that is given up. */
	patienceMs: number;
	drainMs: number;
	/** Told once in a start that takes its time: a slow machine is waited for, but not in silence. */
	onLate: (line: string) => void;
	/** Told of every process started, before it does anything, so that the next devnet can clean up after a killed one. */
	onStart: (identity: string) => void;
	/** Told when it ends without having been asked to. */
	onDeath: (failure: SetupFailure) => void;
	signal: AbortSignal;
}

/** In patiences. Whatever dies is noticed at once; this is for what hangs. */
const GIVE_UP_AFTER = 10;

export function createService(plan: ServicePlan): Service {
	let child: ChildProcess | undefined;
	let exited: Promise<Ended> = Promise.resolve({ code: 0, signal: null });
	let asked = false;

	async function start(): Promise<void> {
		plan.signal.throwIfAborted();
		asked = false;
		const running = spawnPlan(plan);
		child = running;
		exited = new Promise((settle) => {
			running.once("error", () => settle({ code: -1, signal: null }));
			running.once("exit", (code, signal) => settle({ code, signal }));
		});
		if (running.pid !== undefined) plan.onStart(identity(running.pid) ?? "");
		let ready = false;
		void exited.then((ended) => {
			if (child === running) child = undefined;
			if (ready && !asked) plan.onDeath(death(plan, ended));
		});
		const began = Date.now();
		let told = false;
		while (!(await plan.isReady())) {
			plan.signal.throwIfAborted();
			if (child !== running) throw death(plan, await exited);
			const waited = Date.now() - began;
			if (waited > GIVE_UP_AFTER * plan.patienceMs) throw late(plan, waited);
			if (!told && waited > plan.patienceMs)
				plan.onLate(`${lateness(plan, waited)}; waiting on, its log: ${plan.logPath}`);
			told = waited > plan.patienceMs;
			// Ever more rarely: on a slow machine the asking must not take what the start needs.
			await sleep(Math.min(1_000, 50 + waited / 50));
		}
		if (child !== running) throw death(plan, await exited);
		ready = true;
	}

	async function kill(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
		asked = true;
		if (child?.pid === undefined) return;
		const group = -child.pid;
		child.kill(signal);
		const force = setTimeout(() => sendGroup(group, "SIGKILL"), plan.drainMs);
		await exited;
		clearTimeout(force);
		sendGroup(group, "SIGKILL");
	}

	return {
		name: plan.name,
		url: plan.url,
		logPath: plan.logPath,
		...(plan.configPath === undefined ? {} : { configPath: plan.configPath }),
		get pid() {
			return child?.pid;
		},
		get exited() {
			return exited;
		},
		kill,
		start,
	};
}

/** A group of its own: Ctrl-C in the terminal reaches us alone, and we end the children in order. */
function spawnPlan(plan: ServicePlan): ChildProcess {
	mkdirSync(dirname(plan.logPath), { recursive: true });
	const log = openSync(plan.logPath, "a");
	try {
		const env = { ...process.env, ...plan.env };
		return spawn(process.execPath, plan.args, { cwd: plan.cwd, env, detached: true, stdio: ["ignore", log, log] });
	} finally {
		closeSync(log);
	}
}

/** What a service started itself and left behind goes with it. */
function sendGroup(group: number, signal: NodeJS.Signals): void {
	try {
		process.kill(group, signal);
	} catch (error) {
		if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
	}
}

function death(plan: ServicePlan, { code, signal }: Ended): SetupFailure {
	const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
	return new SetupFailure(`the devnet's ${plan.name} ${how}, ${lastWords(plan.logPath)}`, `its log: ${plan.logPath}`);
}

function late(plan: ServicePlan, waitedMs: number): SetupFailure {
	return new SetupFailure(`the devnet's ${lateness(plan, waitedMs)}`, `is the machine busy? its log: ${plan.logPath}`);
}

function lateness({ name, logPath }: ServicePlan, waitedMs: number): string {
	return `${name} is not ready after ${Math.round(waitedMs / 1000)} s, ${lastWords(logPath)}`;
}

/** The line of a log that most likely says why: the last error, else the last line. */
export function lastWords(logPath: string): string {
	const lines = readFileSync(logPath, "utf8")
		.split("\n")
		.filter((line) => line.trim() !== "");
	const line =
		lines.findLast((text) => /"level":(50|60|"(error|fatal)")|error|ENOSPC|EADDRINUSE/i.test(text)) ?? lines.at(-1);
	return line === undefined ? "and wrote nothing" : `saying: ${readable(line)}`;
}

function readable(line: string): string {
	try {
		const { msg, message, err, error } = JSON.parse(line);
		const reason = err?.message ?? error?.message;
		return [msg ?? message, reason].filter(Boolean).join(": ").slice(0, 200);
	} catch {
		return line.trim().slice(0, 200);
	}
}
