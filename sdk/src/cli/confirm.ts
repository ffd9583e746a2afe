import { isLocalChain } from "../chain/client.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";

/**
 * Asks before something is signed. Play money needs no question, `--yes` answers it, and without anybody to ask the
 * command refuses rather than spends.
 */
export async function confirm(context: Context, chainId: number, question: string): Promise<void> {
	if (context.options.yes || isLocalChain(chainId)) return;
	if (!context.ask) {
		throw new UsageError("this would sign a transaction, and nobody is there to ask", { hint: "Pass --yes to agree." });
	}
	if (!(await context.ask(question))) throw new UsageError("not agreed; nothing was signed");
}
