import type { ButtonHTMLAttributes, ReactNode } from "react";

type Tone = "primary" | "quiet" | "danger";

const tones: Record<Tone, string> = {
	primary: "bg-accent text-on-accent border-accent hover:brightness-110",
	quiet: "bg-surface text-ink border-edge hover:bg-sunken",
	danger: "bg-surface text-bad border-bad hover:bg-bad-ground",
};

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className"> & {
	tone?: Tone;
	/** At work: pressed again it would do it twice. */
	busy?: boolean;
	children: ReactNode;
};

export function Button({ tone = "quiet", busy = false, disabled, children, ...rest }: ButtonProps) {
	return (
		<button
			type="button"
			{...rest}
			disabled={disabled === true || busy}
			aria-busy={busy}
			className={`inline-flex min-h-10 items-center justify-center gap-2 rounded-control border px-4 py-1.5 font-medium disabled:opacity-60 ${tones[tone]}`}
		>
			{busy && (
				<span
					aria-hidden="true"
					className="size-3.5 animate-spin rounded-full border-2 border-current border-r-transparent"
				/>
			)}
			{children}
		</button>
	);
}
