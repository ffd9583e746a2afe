import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes } from "react";

type AnchorProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "className"> & { tone?: "primary" | "quiet" };

function Anchor({ tone = "quiet", children, ...rest }: AnchorProps) {
	const style = tone === "primary" ? "border-accent bg-accent text-on-accent" : "border-edge bg-surface text-ink";
	return (
		<a
			{...rest}
			className={`inline-flex min-h-10 items-center rounded-control border px-4 py-1.5 font-medium hover:brightness-110 ${style}`}
		>
			{children}
		</a>
	);
}

/** Goes somewhere, looks like a button: for the one next step of a page. */
export const ButtonLink = createLink(Anchor);
