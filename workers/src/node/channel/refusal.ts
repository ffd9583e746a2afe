import { WorkerError } from "../../runtime/errors.ts";

/** A request to the channel that is not served. The message is for the one who asked. */
export class ChannelRefusal extends WorkerError {
	readonly status: 400 | 401 | 403 | 404 | 429 | 503;

	constructor(status: ChannelRefusal["status"], code: string, message: string) {
		super(code, message);
		this.status = status;
	}
}
