import { DepinError } from "../../errors/base.ts";

/** A wallet file that is not one, or asks for more than opening one should; `problems` name the fields. */
export class KeystoreInvalidError extends DepinError {
	override readonly code = "keystore-invalid";
	constructor(path: string, problems: readonly string[], cause?: unknown) {
		super(`the wallet file ${path} cannot be used: ${problems.join("; ")}`, {
			cause,
			hint: "Nothing was signed. Restore the file from your copy of it; `depin wallet show <file>` checks one.",
		});
	}
}

/** A wallet file is never written over: it may be the only way to somebody's money. */
export class KeystoreExistsError extends DepinError {
	override readonly code = "keystore-exists";
	constructor(path: string, cause?: unknown) {
		super(`${path} exists already and is kept`, { cause, hint: "Name another file." });
	}
}

/** The passphrase does not open the file; the file itself is as it should be. */
export class PassphraseWrongError extends DepinError {
	override readonly code = "passphrase-wrong";
	constructor(path: string) {
		super(`the passphrase does not open ${path}; nothing was signed`, {
			hint: "Try again; without its passphrase nobody can open the file.",
		});
	}
}

/** Something must be signed, and there is nobody to ask for the passphrase. */
export class PassphraseMissingError extends DepinError {
	override readonly code = "passphrase-missing";
	constructor(path: string) {
		super(`${path} needs its passphrase, and nobody is there to ask; nothing was signed`, {
			hint: "Set DEPIN_PASSPHRASE_FILE to a file with the passphrase (mode 0600), or DEPIN_PASSPHRASE to itself.",
		});
	}
}
