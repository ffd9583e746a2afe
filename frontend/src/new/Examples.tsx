import type { SiteConfig } from "../app/config.ts";
import { useSite } from "../app/site.ts";

type ExamplesProps = {
	examples: SiteConfig["examples"];
	/** The job file in the editor. */
	chosen: string;
	onChoose: (file: string) => void;
};

export function Examples({ examples, chosen, onChoose }: ExamplesProps) {
	const { config } = useSite();
	if (examples.length === 0)
		return (
			<p className="text-muted" role="status">
				{config.demoKey !== undefined && "Examples are being prepared and will stand here in a moment. "}
				Paste a job file whose image and inputs are stored already, or open an order and press “Order it again”.
			</p>
		);
	return (
		<fieldset className="grid gap-2">
			<legend className="pb-1 font-medium">Start from an example</legend>
			<div className="grid gap-2 sm:grid-cols-2">
				{examples.map(({ name, about, file }) => (
					<label
						key={name}
						className="flex gap-3 rounded-control border border-edge px-3 py-2.5 has-checked:border-accent has-checked:bg-accent-ground has-focus-visible:outline-2 has-focus-visible:outline-accent"
					>
						<input
							type="radio"
							name="example"
							checked={file === chosen}
							onChange={() => onChoose(file)}
							className="mt-1.5 shrink-0 self-start accent-accent"
						/>
						<span className="grid content-start">
							<span className="font-medium">{name}</span>
							<span className="text-small text-muted">{about}</span>
						</span>
					</label>
				))}
			</div>
		</fieldset>
	);
}
