import { parseArgs } from "node:util";

export const HELP = `npm start [-- options]
  A whole market on this machine: chain, contracts, storage, two nodes, keeper, mirror and its gateway, and a web page over it.
  Then one real order, paid.

  --once        stop after the first paid order (exit code 0: paid and verified)
  --json        print one JSON object as the last line
  --reset       forget everything under .depin/devnet first
  --no-order    start the market only
  --dir FOLDER  keep the state there instead of .depin/devnet
  --any-port    take free ports instead of 8080 8545 42069 42070 8180 8181 8182 8183 8190

  example: npm start -- --once --json`;

export interface StartOptions {
	once: boolean;
	json: boolean;
	reset: boolean;
	order: boolean;
	dir: string | undefined;
	anyPort: boolean;
}

/** Undefined for what asks for help, or cannot be understood. */
export function readOptions(args: string[]): StartOptions | { problem: string } {
	const flag = { type: "boolean", default: false } as const;
	try {
		const { values } = parseArgs({
			args,
			allowNegative: true,
			options: {
				once: flag,
				json: flag,
				reset: flag,
				order: { type: "boolean", default: true },
				dir: { type: "string" },
				"any-port": flag,
				help: flag,
			},
		});
		if (values.help) return { problem: "" };
		const { once, json, reset, order, dir } = values;
		return { once, json, reset, order, dir, anyPort: values["any-port"] };
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
		return { problem: error.message };
	}
}
