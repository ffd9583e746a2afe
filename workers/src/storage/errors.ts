import { WorkerError } from "../runtime/errors.ts";

/** A request that cannot be served, with its HTTP status. The message is for the one who asked. */
export class RequestError extends WorkerError {
	readonly status: 400 | 401 | 404 | 412 | 413 | 422 | 429 | 507;

	constructor(status: RequestError["status"], code: string, message: string, options?: ErrorOptions) {
		super(code, message, options);
		this.status = status;
	}
}
