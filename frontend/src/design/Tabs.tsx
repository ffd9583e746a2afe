import * as Radix from "@radix-ui/react-tabs";
import type { ReactNode } from "react";

export type Tab = { name: string; label: string; content: ReactNode };

export function Tabs({ tabs, label }: { tabs: readonly Tab[]; label: string }) {
	return (
		<Radix.Root defaultValue={tabs[0]?.name ?? ""} className="min-w-0 rounded-box border border-line bg-surface">
			<Radix.List aria-label={label} className="flex flex-wrap gap-1 border-b border-line px-2">
				{tabs.map(({ name, label: text }) => (
					<Radix.Trigger
						key={name}
						value={name}
						className="-mb-px min-h-11 border-b-2 border-transparent px-3 font-medium text-muted hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
					>
						{text}
					</Radix.Trigger>
				))}
			</Radix.List>
			{tabs.map(({ name, content }) => (
				<Radix.Content key={name} value={name} className="p-4">
					{content}
				</Radix.Content>
			))}
		</Radix.Root>
	);
}
