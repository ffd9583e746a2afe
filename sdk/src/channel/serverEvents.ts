/** One message of `text/event-stream`, as far as a channel uses it. */
export type ServerEvent = { event: string; data: string; id: string | undefined };

/** More than this without an end of message is no log: the sender is broken, or wants our memory. */
const MAX_MESSAGE = 2 ** 20;

/**
 * Takes a stream of server-sent events apart. Comments and unknown fields are passed over.
 * @throws {RangeError} for a message without end
 */
export async function* readServerEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
	const decoder = new TextDecoder();
	let text = "";
	for await (const chunk of body) {
		text += decoder.decode(chunk, { stream: true });
		for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
			const message = parseMessage(text.slice(0, end));
			text = text.slice(end + 2);
			if (message) yield message;
		}
		if (text.length > MAX_MESSAGE) throw new RangeError(`a message of more than ${MAX_MESSAGE} characters`);
	}
}

function parseMessage(text: string): ServerEvent | undefined {
	const fields = text.split("\n").flatMap((line) => {
		const [, name, value] = /^(event|data|id): ?(.*)$/.exec(line) ?? [];
		return name === undefined || value === undefined ? [] : [{ name, value }];
	});
	const of = (name: string) => fields.filter((field) => field.name === name).map(({ value }) => value);
	const data = of("data");
	if (data.length === 0) return undefined;
	return { event: of("event").at(-1) ?? "message", data: data.join("\n"), id: of("id").at(-1) };
}
