export type Hello = {
	/** Entries of the server name extension; undefined = no such extension. */
	names?: string[];
	/** More extensions: type and data. */
	extensions?: [type: number, data: Buffer][];
	/** Bytes of the message in each record. */
	recordBytes?: number;
};

export const ECH: [number, Buffer] = [0xfe0d, Buffer.alloc(64)];

/** What a TLS client sends first, as RFC 8446 has it. */
export function clientHello({ names, extensions = [], recordBytes = 2 ** 14 }: Hello): Buffer {
	const entries = names?.map((name) => Buffer.concat([Buffer.from([0]), sized(2, Buffer.from(name, "latin1"))]));
	const all: [number, Buffer][] = entries ? [[0, sized(2, Buffer.concat(entries))], ...extensions] : extensions;
	const written = all.map(([type, data]) => Buffer.concat([uint(2, type), sized(2, data)]));
	const ciphers = sized(2, Buffer.from([0x13, 0x01]));
	const head = [uint(2, 0x0303), Buffer.alloc(32, 7), sized(1, Buffer.alloc(32)), ciphers, sized(1, Buffer.alloc(1))];
	const body = Buffer.concat([...head, ...(written.length === 0 ? [] : [sized(2, Buffer.concat(written))])]);
	const message = Buffer.concat([Buffer.from([1]), sized(3, body)]);
	const records: Buffer[] = [];
	for (let at = 0; at < message.length; at += recordBytes)
		records.push(Buffer.from([22, 3, 1]), sized(2, message.subarray(at, at + recordBytes)));
	return Buffer.concat(records);
}

function uint(bytes: number, value: number): Buffer {
	const written = Buffer.alloc(bytes);
	written.writeUIntBE(value, 0, bytes);
	return written;
}

const sized = (bytes: number, data: Buffer) => Buffer.concat([uint(bytes, data.length), data]);
