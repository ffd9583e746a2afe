// A client of the stream that keeps book: what it would show to a person, and whether it was ever told anything twice.
import assert from "node:assert/strict";
import type { EventJson } from "depin/indexer";

export type Listener = {
	/** What stands, by id. */
	readonly rows: ReadonlyMap<string, EventJson>;
	readonly lastEventId: string | undefined;
	readonly rewinds: number;
	/** Resolves when a connection has been opened and its first rows are in. */
	open(): Promise<void>;
	/** Cuts the connection; what was learnt stays. */
	cut(): Promise<void>;
};

export function createListener(url: string, query = ""): Listener {
	const rows = new Map<string, EventJson>();
	let lastEventId: string | undefined;
	let rewinds = 0;
	let connection: { controller: AbortController; ended: Promise<void> } | undefined;

	function hear(name: string, id: string, data: string): void {
		if (name === "event") {
			const row = JSON.parse(data) as EventJson;
			assert.ok(!rows.has(row.id), `${row.id} was told twice`);
			rows.set(row.id, row);
		} else if (name === "rewind") {
			const { from } = JSON.parse(data) as { from: string };
			for (const known of rows.keys()) if (known >= from) rows.delete(known);
			rewinds += 1;
		}
		lastEventId = id;
	}

	return {
		rows,
		get lastEventId() {
			return lastEventId;
		},
		get rewinds() {
			return rewinds;
		},
		async open() {
			const controller = new AbortController();
			const response = await fetch(`${url}/v1/stream${query}`, {
				signal: controller.signal,
				headers: lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId },
			});
			assert.equal(response.status, 200, await (response.ok ? "" : response.text()));
			const opened = Promise.withResolvers<void>();
			const ended = listen(response, (name, id, data) => {
				hear(name, id, data);
				if (name === "open") opened.resolve();
			}).catch((error: unknown) => {
				opened.reject(error);
				if (!controller.signal.aborted) throw error;
			});
			connection = { controller, ended };
			await opened.promise;
		},
		async cut() {
			connection?.controller.abort();
			await connection?.ended;
			connection = undefined;
		},
	};
}

/** Whether the gateway has read enough of the mirror to stream. */
export async function streams(url: string): Promise<boolean> {
	const answer = await fetch(`${url}/v1/stream`);
	await answer.body?.cancel();
	return answer.ok;
}

async function listen(response: Response, hear: (name: string, id: string, data: string) => void): Promise<void> {
	const decoder = new TextDecoder();
	let text = "";
	for await (const part of response.body ?? []) {
		text += decoder.decode(part, { stream: true });
		const messages = text.split("\n\n");
		text = messages.pop() ?? "";
		for (const message of messages) {
			const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(message)?.[1];
			const [name, id, data] = [field("event"), field("id"), field("data")];
			if (name !== undefined && id !== undefined && data !== undefined) hear(name, id, data);
		}
	}
}
