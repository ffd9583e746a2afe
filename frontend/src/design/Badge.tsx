import type { ReactNode } from "react";

export type Tone = "neutral" | "active" | "good" | "warn" | "bad";

/** A state never stands by its colour alone: each tone has a mark of its own. */
const tones: Record<Tone, { mark: string; style: string }> = {
	neutral: { mark: "○", style: "bg-sunken text-muted" },
	active: { mark: "◐", style: "bg-accent-ground text-accent" },
	good: { mark: "✓", style: "bg-good-ground text-good" },
	warn: { mark: "!", style: "bg-warn-ground text-warn" },
	bad: { mark: "×", style: "bg-bad-ground text-bad" },
};

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
	const { mark, style } = tones[tone];
	return (
		<span
			className={`inline-flex items-center gap-1.5 whitespace-nowrap rounded-full px-2.5 py-0.5 text-small font-medium ${style}`}
		>
			<span aria-hidden="true">{mark}</span>
			{children}
		</span>
	);
}
