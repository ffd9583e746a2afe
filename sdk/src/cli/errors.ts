import { DepinError } from "../errors/base.ts";

/** The command was called in a way it does not have. */
export class UsageError extends DepinError {
	override readonly code = "usage";
}

/** No profile says which Market to talk to. */
export class ProfileMissingError extends DepinError {
	override readonly code = "profile-missing";
	constructor(name: string | undefined, looked: readonly string[]) {
		super(name ? `there is no profile "${name}"` : "no profile says which Market to use", {
			meta: looked.map((path) => `looked for: ${path}`),
			hint: "Inside a clone, `npm start` writes the profile of the local network; else pass --profile <file>.",
		});
	}
}

/** A profile file that cannot be used; `problems` name the fields. */
export class ProfileInvalidError extends DepinError {
	override readonly code = "profile-invalid";
	constructor(path: string, problems: readonly string[], cause?: unknown) {
		super(`the profile ${path} cannot be used: ${problems.join("; ")}`, { cause, hint: "Correct the file." });
	}
}

/** Others on this machine could read the profile's key. */
export class KeyExposedError extends DepinError {
	override readonly code = "key-exposed";
	constructor(path: string) {
		super(`the profile ${path} holds a key and others may read it`, { hint: `Run: chmod 600 ${path}` });
	}
}

/** A running job's log cannot be followed, because nobody knows where. */
export class ChannelMissingError extends DepinError {
	override readonly code = "channel-missing";
	constructor(node: string, why: string) {
		super(`the log of node ${node} cannot be followed: ${why}`, {
			hint: "The job goes on. Name the node's channel with --channel <url>, or read the log once there is a result: depin logs <job>",
		});
	}
}

/** `--timeout` ran out. Nothing on chain changed by that. */
export class WaitTimeoutError extends DepinError {
	override readonly code = "wait-timeout";
	constructor(seconds: number, orderId: string, hint: string) {
		super(`waited ${seconds} s for the order's jobs; the order goes on without this command`, {
			hint,
			meta: [`order: ${orderId}`],
		});
	}
}

/** Ctrl-C or a signal. */
export class InterruptedError extends DepinError {
	override readonly code = "interrupted";
	constructor(hint = "Nothing more was sent.") {
		super("interrupted", { hint });
	}
}

/** The job ended, but not with status ok. `says` tells what its node reported. */
export class JobFailedError extends DepinError {
	override readonly code = "job-failed";
	constructor(job: string, says: string, hint: string) {
		super(`job ${job} failed: ${says}`, { hint });
	}
}

/** A result does not hold what its chain record and CIDs promise; nothing was paid by this command. */
export class ChecksFailedError extends DepinError {
	override readonly code = "checks-failed";
	constructor(job: string, failed: readonly string[], hint?: string) {
		super(`job ${job} does not check out: ${failed.join(", ")}; this command paid nothing`, {
			hint: hint ?? "Keep the statement and outputs: they are what you would show in a dispute. Do not accept the job.",
		});
	}
}

/** `doctor` found something that other commands need and that does not work. */
export class DoctorError extends DepinError {
	override readonly code = "unhealthy";
	constructor(failed: readonly string[]) {
		super(`not working: ${failed.join(", ")}`, { hint: "The fixes stand above." });
	}
}

/** `verify --rerun` could not run the job again; that says nothing about the result. */
export class RerunFailedError extends DepinError {
	override readonly code = "rerun-failed";
	constructor(reason: string, cause?: unknown) {
		super(`the job could not be run again here: ${reason}`, {
			cause,
			hint: "Check that a container engine runs (`depin doctor`); the other checks need none.",
		});
	}
}
