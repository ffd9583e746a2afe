import * as Radix from "@radix-ui/react-dialog";
import type { ReactNode } from "react";

type DialogProps = { open: boolean; onClose: () => void; title: string; about: string; children: ReactNode };

/** Radix's own overlay writes a style element, which our Content-Security-Policy refuses: the ground is drawn here. */
export function Dialog({ open, onClose, title, about, children }: DialogProps) {
	return (
		<Radix.Root open={open} onOpenChange={(next) => next || onClose()}>
			<Radix.Portal>
				<div aria-hidden="true" className="fixed inset-0 z-40 bg-[oklch(0.1_0.01_250/0.55)]" />
				<Radix.Content className="fixed top-1/2 left-1/2 z-50 grid max-h-[85dvh] w-[min(28rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 gap-4 overflow-auto rounded-box border border-line bg-surface p-5 shadow-xl">
					<div className="grid gap-1">
						<Radix.Title className="text-lead font-semibold">{title}</Radix.Title>
						<Radix.Description className="text-muted">{about}</Radix.Description>
					</div>
					{children}
					<Radix.Close className="justify-self-end rounded-control border border-edge px-4 py-2 font-medium hover:bg-sunken">
						Close
					</Radix.Close>
				</Radix.Content>
			</Radix.Portal>
		</Radix.Root>
	);
}
