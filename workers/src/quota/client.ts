import { createConnection } from "node:net";
import { EngineError } from "../engine/errors.ts";
import { answerSchema, MAX_REQUEST_BYTES, type QuotaRequest } from "./protocol.ts";

/** mkfs of a large volume on a slow disk takes seconds. */
const PATIENCE_MS = 60_000;

/**
 * Asks the quota helper. Returns the path of what was asked about, or undefined where there is none.
 * @throws {EngineError} `quota-unavailable` with the helper's own words
 */
export async function askQuotaHelper(socketPath: string, request: QuotaRequest): Promise<string | undefined> {
	const text = await exchange(socketPath, `${JSON.stringify(request)}\n`).catch((cause: unknown) => {
		throw new EngineError(
			"quota-unavailable",
			`The quota helper does not answer at ${socketPath}. Nothing ran; look at \`systemctl status depin-quota.socket\`.`,
			cause,
		);
	});
	const answer = answerSchema.parse(JSON.parse(text));
	if (answer.ok) return answer.path;
	throw new EngineError("quota-unavailable", `The quota helper refused: ${answer.error}. Nothing ran.`);
}

/** The folder of the helper that listens there and lets us in, or undefined. */
export function findQuotaHelper(socketPath: string): Promise<string | undefined> {
	return askQuotaHelper(socketPath, { op: "ping" }).catch(() => undefined);
}

function exchange(socketPath: string, line: string): Promise<string> {
	return new Promise((resolve, reject) => {
		let answer = "";
		const socket = createConnection(socketPath, () => socket.end(line));
		socket.setEncoding("utf8");
		socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`it was silent for ${PATIENCE_MS / 1000} s`)));
		socket.on("data", (part: string) => {
			answer += part;
			if (answer.length > 4 * MAX_REQUEST_BYTES) socket.destroy(new Error("its answer does not end"));
		});
		socket.on("error", reject);
		socket.on("close", () => (answer.endsWith("\n") ? resolve(answer) : reject(new Error("it hung up"))));
	});
}
