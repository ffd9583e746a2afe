import type { MemoryEntry } from "depin/storage";
import { useEffect, useMemo, useState } from "react";
import { formatBytes } from "../app/format.ts";
import { Button } from "../design/Button.tsx";
import { EmptyState } from "../design/EmptyState.tsx";
import { Facts } from "../design/Facts.tsx";
import { kindOf, metricsIn, textOf } from "./files.ts";

type File = { path: string; bytes: Uint8Array };

/** The outputs, as they were verified: a list, and what is in the one chosen. */
export function Results({ files: entries }: { files: readonly MemoryEntry[] }) {
	const files = entries
		.flatMap(({ path, bytes }): File[] => (bytes === undefined ? [] : [{ path, bytes }]))
		.sort((a, b) => a.path.localeCompare(b.path));
	const [chosen, choose] = useState(() => files.find(({ path }) => kindOf(path) === "image")?.path ?? files[0]?.path);
	const file = files.find(({ path }) => path === chosen);
	const metrics = metricsIn(files);
	if (files.length === 0)
		return <EmptyState title="The job left no files">Its logs may say why; they stand in the next tab.</EmptyState>;
	return (
		<div className="grid gap-4">
			{metrics.length > 0 && <Facts of={metrics} />}
			<div className="grid items-start gap-4 md:grid-cols-[16rem_1fr]">
				<ul className="grid gap-1">
					{files.map(({ path, bytes }) => (
						<li key={path}>
							<button
								type="button"
								aria-pressed={path === chosen}
								onClick={() => choose(path)}
								className="flex min-h-10 w-full items-center justify-between gap-3 rounded-control px-3 py-1 text-left hover:bg-sunken aria-pressed:bg-accent-ground"
							>
								<span className="min-w-0">{path}</span>
								<span className="text-small whitespace-nowrap text-muted figures">{formatBytes(bytes.byteLength)}</span>
							</button>
						</li>
					))}
				</ul>
				{file !== undefined && <Shown key={file.path} file={file} />}
			</div>
		</div>
	);
}

function Shown({ file: { path, bytes } }: { file: File }) {
	const kind = kindOf(path);
	const url = useObjectUrl(bytes, kind === "image" ? `image/${path.split(".").at(-1)?.toLowerCase()}` : undefined);
	const text = useMemo(() => (kind === "image" ? undefined : textOf(path, bytes)), [kind, path, bytes]);
	return (
		<div className="grid min-w-0 gap-3">
			{kind === "image" && url !== undefined ? (
				<img
					src={url}
					alt={`Output file ${path}`}
					className="max-w-full rounded-control border border-line bg-sunken"
				/>
			) : text === undefined ? (
				<p className="text-muted">These bytes are not text; download them to open them.</p>
			) : (
				<pre
					// biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
					tabIndex={0}
					className="max-h-96 overflow-auto rounded-control bg-sunken p-3 font-mono text-small"
				>
					{text}
				</pre>
			)}
			<div>
				<Button onClick={() => download(path, bytes)}>Download</Button>
			</div>
		</div>
	);
}

function useObjectUrl(bytes: Uint8Array, type: string | undefined): string | undefined {
	const [url, setUrl] = useState<string>();
	useEffect(() => {
		if (type === undefined) return;
		const made = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }));
		setUrl(made);
		return () => URL.revokeObjectURL(made);
	}, [bytes, type]);
	return url;
}

function download(path: string, bytes: Uint8Array): void {
	const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: "application/octet-stream" }));
	const link = document.createElement("a");
	link.href = url;
	link.download = path.split("/").at(-1) ?? "output";
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
