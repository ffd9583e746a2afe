import { DepinError, shortMessageOf } from "depin";

/** What a person is told of a failure: what happened, and what to do. */
export type Explained = { title: string; hint: string | undefined; details: readonly string[] };

/** Words for what wallets throw; EIP-1193 and EIP-1474 fix the numbers. */
const walletErrors: Readonly<Record<number, Omit<Explained, "details">>> = {
	4001: {
		title: "You refused it in the wallet",
		hint: "Nothing was sent and nothing moved. Press the button again when you want to go on.",
	},
	4100: { title: "The wallet does not let this page use the account", hint: "Connect the account again." },
	4900: { title: "The wallet lost its connection", hint: "Look into the wallet, then try again. Nothing was sent." },
	4901: { title: "The wallet is not connected to this chain", hint: "Switch its network, then try again." },
	[-32002]: { title: "The wallet is asking you already", hint: "Open it and answer there." },
};

export function explain(error: unknown): Explained {
	if (error instanceof DepinError) {
		return { title: sentence(error.shortMessage), hint: error.hint, details: error.meta };
	}
	const code = walletCodeOf(error);
	const known = code === undefined ? undefined : walletErrors[code];
	if (known !== undefined) return { ...known, details: [] };
	if (named(error, "ChainMismatchError"))
		return { title: "The wallet is on another chain", hint: "Switch its network, then try again.", details: [] };
	return { title: sentence(shortMessageOf(error)), hint: undefined, details: [] };
}

/** The first known wallet code in the chain of causes. */
function walletCodeOf(error: unknown): number | undefined {
	for (const cause of causesOf(error)) {
		const code = "code" in cause ? cause.code : undefined;
		if (typeof code === "number" && walletErrors[code] !== undefined) return code;
	}
	return undefined;
}

function named(error: unknown, name: string): boolean {
	return causesOf(error).some((cause) => "name" in cause && cause.name === name);
}

function causesOf(error: unknown): object[] {
	const causes: object[] = [];
	for (let cause = error; typeof cause === "object" && cause !== null && causes.length < 10; ) {
		causes.push(cause);
		cause = "cause" in cause ? cause.cause : undefined;
	}
	return causes;
}

function sentence(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
