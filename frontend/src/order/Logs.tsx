import { EmptyState } from "../design/EmptyState.tsx";
import { LogView } from "./LogView.tsx";
import { linesOf } from "./logLines.ts";

/** The logs that the statement names, task by task. */
export function Logs({ logs }: { logs: readonly { task: number; text: string }[] }) {
	if (logs.every(({ text }) => text === ""))
		return <EmptyState title="The job wrote nothing to its log">What it left stands under Results.</EmptyState>;
	return (
		<div className="grid gap-4">
			{logs.map(({ task, text }) => (
				<LogView key={task} label={logs.length > 1 ? `Log of task ${task}` : "Log"} lines={linesOf(text)} />
			))}
		</div>
	);
}
