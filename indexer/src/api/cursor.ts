// Where a page ended: the sort it was read by and the keys of its last row. Strangers may write anything into one, so
// what comes back is believed only as far as it is something this list could have said.
import { misread } from "../../http/refusal.ts";

/** Keys as they are written in a cursor, by type of column. */
const forms = {
	PgText: /^\d{12}-\d{6}(-\d{1,3})?$/,
	PgHex: /^0x[0-9a-f]{40}$/,
	PgEvmBigint: /^-?\d{1,78}$/,
	PgInteger: /^\d{1,10}$/,
	PgDoublePrecision: /^\d{1,15}$/,
} as const;
export type KeyType = keyof typeof forms;
/** Beyond it PostgreSQL takes no integer. */
const MAX_INTEGER = 2 ** 31 - 1;

export function writeCursor(sort: string, keys: readonly unknown[]): string {
	return Buffer.from([sort, ...keys.map(String)].join(" "), "latin1").toString("base64url");
}

/**
 * The keys of a cursor.
 * @throws {Refusal} 400, naming `cursor`, when it is none of this list under this sort
 */
export function readCursor(cursor: string, sort: string, types: readonly KeyType[]): string[] {
	const [by, ...keys] = Buffer.from(cursor, "base64url").toString("latin1").split(" ");
	const ours = by === sort && keys.length === types.length && keys.every((key, index) => isKey(key, types[index]));
	if (ours && writeCursor(sort, keys) === cursor) return keys;
	throw misread([{ path: "cursor", message: `expected the nextCursor of a page of this list sorted by ${sort}` }]);
}

function isKey(text: string, type: KeyType | undefined): boolean {
	if (type === undefined || !forms[type].test(text)) return false;
	return type !== "PgInteger" || Number(text) <= MAX_INTEGER;
}
