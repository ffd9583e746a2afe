import type { FieldProblem } from "depin/jobs";
import { useId } from "react";

type JobFileFieldProps = { text: string; problems: readonly FieldProblem[]; onChange: (text: string) => void };

export function JobFileField({ text, problems, onChange }: JobFileFieldProps) {
	const id = useId();
	return (
		<div className="grid gap-1">
			<label htmlFor={id} className="font-medium">
				Job file
			</label>
			<textarea
				id={id}
				value={text}
				onChange={({ target }) => onChange(target.value)}
				rows={18}
				spellCheck={false}
				autoComplete="off"
				aria-describedby={`${id}-problems`}
				aria-invalid={problems.length > 0}
				className="w-full resize-y rounded-control border border-edge bg-sunken p-3 font-mono text-small aria-[invalid=true]:border-bad"
			/>
			<ul id={`${id}-problems`} aria-live="polite" className="grid min-h-5 gap-0.5 text-small">
				{problems.length === 0 ? (
					<li className="text-muted">YAML or JSON; image and inputs by CID or digest.</li>
				) : (
					problems.map(({ field, problem }) => (
						<li key={`${field} ${problem}`} className="text-bad">
							{field !== "" && <code className="font-semibold">{field}</code>} {problem}
						</li>
					))
				)}
			</ul>
		</div>
	);
}
