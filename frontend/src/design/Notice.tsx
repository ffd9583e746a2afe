import type { ReactNode } from "react";

type Tone = "neutral" | "good" | "warn" | "bad";

const tones: Record<Tone, string> = {
	neutral: "border-line bg-sunken text-ink",
	good: "border-good bg-good-ground text-good",
	warn: "border-warn bg-warn-ground text-warn",
	bad: "border-bad bg-bad-ground text-bad",
};

type NoticeProps = { tone?: Tone; title: string; children?: ReactNode; action?: ReactNode };

/** Something a reader must know now: what happened, what it means, what to do. Failures interrupt a screen reader. */
export function Notice({ tone = "neutral", title, children, action }: NoticeProps) {
	return (
		<div
			role={tone === "bad" ? "alert" : "status"}
			className={`flex flex-wrap items-center justify-between gap-x-6 gap-y-2 rounded-box border px-4 py-3 ${tones[tone]}`}
		>
			<div className="grid gap-0.5">
				<p className="font-semibold">{title}</p>
				{children !== undefined && <div className="text-ink">{children}</div>}
			</div>
			{action}
		</div>
	);
}
