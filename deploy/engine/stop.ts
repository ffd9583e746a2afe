import { SetupFailure } from "../setup/failure.js";
import { stopDocker } from "./daemon.ts";

try {
	console.log(await stopDocker());
} catch (error) {
	if (!(error instanceof SetupFailure)) throw error;
	console.error(error.message);
	process.exitCode = 1;
}
