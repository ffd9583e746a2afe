// What can be shown of a stranger's files: pictures that carry no script, JSON, text. Everything else is bytes.

/** More text than this is not drawn. */
const MAX_TEXT_BYTES = 1024 * 1024;
/** A metric is a number that stands at the top of metrics.json. */
const METRICS = "metrics.json";
const MOST_METRICS = 12;

export function kindOf(path: string): "image" | "json" | "other" {
	if (/\.(png|jpe?g|gif|webp)$/i.test(path)) return "image";
	return /\.json$/i.test(path) ? "json" : "other";
}

/** The file as text, JSON laid out; undefined when it is not UTF-8 text. */
export function textOf(path: string, bytes: Uint8Array): string | undefined {
	const cut = bytes.byteLength > MAX_TEXT_BYTES;
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: !cut }).decode(bytes.subarray(0, MAX_TEXT_BYTES));
	} catch {
		return undefined;
	}
	if (text.includes("\0")) return undefined;
	if (cut) return `${text}\n… ${bytes.byteLength - MAX_TEXT_BYTES} more bytes`;
	return kindOf(path) === "json" ? laidOut(text) : text;
}

function laidOut(text: string): string {
	try {
		return JSON.stringify(JSON.parse(text), undefined, 2);
	} catch {
		return text;
	}
}

/** Names and numbers of the job's own metrics. */
export function metricsIn(files: readonly { path: string; bytes: Uint8Array }[]): [string, string][] {
	const file = files.find(({ path }) => path === METRICS || path.endsWith(`/${METRICS}`));
	if (file === undefined) return [];
	try {
		const metrics: unknown = JSON.parse(new TextDecoder().decode(file.bytes));
		if (typeof metrics !== "object" || metrics === null) return [];
		return Object.entries(metrics)
			.filter((entry): entry is [string, number] => typeof entry[1] === "number")
			.slice(0, MOST_METRICS)
			.map(([name, value]) => [name, String(Number(value.toPrecision(6)))]);
	} catch {
		return [];
	}
}
