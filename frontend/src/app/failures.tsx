import { ButtonLink } from "../design/ButtonLink.tsx";
import { EmptyState } from "../design/EmptyState.tsx";
import { Notice } from "../design/Notice.tsx";
import { explain } from "./explain.ts";

export function NotFound() {
	return (
		<EmptyState title="There is no such page" action={<ButtonLink to="/">To the market</ButtonLink>}>
			The address may have been cut short.
		</EmptyState>
	);
}

export function PageFailed({ error }: { error: unknown }) {
	const { title, hint } = explain(error);
	return (
		<Notice tone="bad" title={title}>
			{hint}
		</Notice>
	);
}
