import { useState } from "react";

const SHOWN = { address: [6, 4], id: [10, 6], cid: [10, 6] } as const;

type HashProps = { value: string; kind?: keyof typeof SHOWN; href?: string | undefined };

/** An address, id or CID, shortened; pressed it is copied whole. */
export function Hash({ value, kind = "id", href }: HashProps) {
	const [copied, setCopied] = useState(false);
	const [head, tail] = SHOWN[kind];
	const short = value.length <= head + tail + 1 ? value : `${value.slice(0, head)}…${value.slice(-tail)}`;
	async function copy() {
		await navigator.clipboard?.writeText(value).catch(() => {});
		setCopied(true);
		setTimeout(() => setCopied(false), 1500);
	}
	return (
		<span className="inline-flex items-center gap-1 whitespace-nowrap font-mono text-small">
			{href === undefined ? (
				<span title={value}>{short}</span>
			) : (
				<a href={href} title={value} className="text-accent underline underline-offset-2">
					{short}
				</a>
			)}
			<button
				type="button"
				onClick={copy}
				aria-label={`Copy ${short}`}
				className="inline-flex size-6 items-center justify-center rounded text-muted hover:text-ink"
			>
				<svg aria-hidden="true" viewBox="0 0 16 16" className="size-4 fill-none stroke-current stroke-[1.4]">
					{copied ? <path d="M3 8.5l3.2 3.2L13 4.8" /> : <path d="M5.5 5.5h7v8h-7z M3.5 10.5v-8h7" />}
				</svg>
			</button>
			<span role="status" className="sr-only">
				{copied ? "Copied" : ""}
			</span>
		</span>
	);
}
