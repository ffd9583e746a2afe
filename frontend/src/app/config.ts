// Which market this page shows, and through whom: read once from the file beside index.html.
import { z } from "zod";

const url = z.url({ protocol: /^https?$/ });
const hex = (digits: number) => z.templateLiteral(["0x", z.string().regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`))]);

const configSchema = z.object({
	name: z.string(),
	chainId: z.int().positive(),
	rpcUrl: url,
	market: hex(40),
	asset: hex(40),
	/** Block of the deployment. */
	fromBlock: z
		.string()
		.regex(/^\d{1,20}$/)
		.transform(BigInt),
	indexer: url,
	/** With a token, this page may store the manifests of orders made here. */
	storage: z.object({ url, token: z.string().optional() }),
	/** Base URL of a block explorer. */
	explorer: url.optional(),
	/** On a local chain only: a key that everybody knows, for a wallet that needs no installing. */
	demoKey: hex(64).optional(),
	/** Jobs to start from: a name, one line, and a job file whose image and inputs are stored already. */
	examples: z.array(z.object({ name: z.string(), about: z.string(), file: z.string() })).default([]),
});

export type SiteConfig = z.output<typeof configSchema>;

/** @throws with one sentence that says what is wrong with the file. */
export async function loadConfig(): Promise<SiteConfig> {
	const response = await fetch("./config.json", { cache: "no-cache" });
	if (!response.ok) throw new Error(`config.json answered ${response.status}`);
	const parsed = configSchema.safeParse(await response.json());
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new Error(`config.json: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "cannot be read"}`);
}
