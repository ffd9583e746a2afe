import { Notice } from "../design/Notice.tsx";
import { explain } from "./explain.ts";

/** A part of the page that could not be read; the rest goes on. */
export function ReadFailed({ error, what }: { error: unknown; what: string }) {
	const { title, hint } = explain(error);
	return (
		<div className="p-4">
			<Notice tone="warn" title={`${what} cannot be read now`}>
				{title}. {hint}
			</Notice>
		</div>
	);
}
