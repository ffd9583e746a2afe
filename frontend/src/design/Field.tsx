import { type InputHTMLAttributes, type ReactNode, useId } from "react";

type FieldProps = Omit<InputHTMLAttributes<HTMLInputElement>, "className" | "id"> & {
	label: string;
	hint?: ReactNode;
	error?: string | undefined;
};

export function Field({ label, hint, error, ...input }: FieldProps) {
	const id = useId();
	const about = `${id}-about`;
	return (
		<div className="grid gap-1">
			<label htmlFor={id} className="font-medium">
				{label}
			</label>
			<input
				{...input}
				id={id}
				aria-describedby={about}
				aria-invalid={error !== undefined}
				className="figures min-h-10 w-full rounded-control border border-edge bg-surface px-3 aria-[invalid=true]:border-bad"
			/>
			<p id={about} className={`min-h-5 text-small ${error === undefined ? "text-muted" : "text-bad"}`}>
				{error ?? hint}
			</p>
		</div>
	);
}
