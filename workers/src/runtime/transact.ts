import { MarketRefusedError, TransactionRevertedError } from "depin";
import { marketAbi, panelArbiterAbi } from "depin/abi";
import type { Abi, Address, ContractFunctionArgs, ContractFunctionName, Hash, TransactionReceipt } from "viem";
import { UnavailableError } from "./errors.ts";
import {
	broadcast,
	type Flight,
	type FlightPlan,
	land,
	planFlight,
	type Sender,
	sign,
	type Target,
	whyReverted,
} from "./flight.ts";
import { sleep } from "./loop.ts";
import type { Metrics } from "./metrics.ts";

export type MarketFunction = ContractFunctionName<typeof marketAbi, "nonpayable">;
export type MarketArgs<name extends MarketFunction> = ContractFunctionArgs<typeof marketAbi, "nonpayable", name>;
export type PanelFunction = ContractFunctionName<typeof panelArbiterAbi, "nonpayable">;
export type PanelArgs<name extends PanelFunction> = ContractFunctionArgs<typeof panelArbiterAbi, "nonpayable", name>;

export type TransactOptions = {
	/**
	 * Whether the effect stands already: a run before this one, or another sender, may have caused it. Asked when the
	 * chain refuses the call, and when the nonce or the receipt says that ours did not do it.
	 */
	already?: () => Promise<boolean>;
	/** Awaited with the hash before anything leaves the machine, so that a journal knows of it. Again for a replacement. */
	beforeSend?: (hash: Hash) => void | Promise<void>;
	/** Told once the endpoint took the transaction, before any block has it. */
	onSent?: () => void;
	/** Looked at right before sending; true = too late, nothing is sent. */
	tooLate?: () => boolean;
};

export type Transacted = { status: "mined"; hash: Hash; receipt: TransactionReceipt } | { status: "already" };

export type Transactor = {
	/**
	 * Simulates on the pending state, sends, waits for the block. Calls queue for their nonce only; their receipts are
	 * awaited side by side.
	 * @throws {MarketRefusedError} nothing was sent: the simulation was refused, and `already` did not explain it
	 * @throws {TransactionRevertedError} it was mined and reverted, and `already` did not explain it
	 * @throws {TooLateError} nothing was sent
	 * @throws {UnavailableError} another sender or a reorg took the nonce, so it is open what happened; ask again
	 */
	transact<const name extends MarketFunction>(
		functionName: name,
		args: MarketArgs<name>,
		options?: TransactOptions,
	): Promise<Transacted>;
	/** The same for a panel arbiter. */
	transactPanel<const name extends PanelFunction>(
		arbiter: Address,
		functionName: name,
		args: PanelArgs<name>,
		options?: TransactOptions,
	): Promise<Transacted>;
	/** Looks for receipts now; call it at each new head. */
	poke(): void;
};

export type TransactorParameters = Omit<Sender, "stuckAfterMs" | "inFlight" | "pause"> & {
	metrics?: Metrics;
	/** After so long without a block the transaction is sent again; after twice that, at a higher fee. Milliseconds. */
	stuckAfterMs?: number;
};

const MAX_NONCE_ATTEMPTS = 5;

/** The one sender of a key: nobody else should use it, or nonces collide (which is noticed and survived, not prevented). */
export function createTransactor(parameters: TransactorParameters): Transactor {
	const { metrics, stuckAfterMs = 30_000, signal } = parameters;
	const sent = metrics?.counter("depin_chain_sent_transactions_total", "Calls by outcome", ["call", "outcome"]);
	const gasUsed = metrics?.counter("depin_chain_gas_units_total", "Gas spent, by call", ["call"]);
	const bell = createBell(signal);
	const inFlight = new Set<number>();
	const sender: Sender = { ...parameters, stuckAfterMs, inFlight, pause: bell.pause };
	let nextNonce: number | undefined;
	let lane: Promise<unknown> = Promise.resolve();

	/** Runs one at a time: the pending state and the nonce must be the ones after the call before. */
	async function launch(plan: Omit<FlightPlan, "nonce">): Promise<Flight> {
		for (let attempt = 1; ; attempt += 1) {
			signal.throwIfAborted();
			// With nothing on its way the chain knows best: a reorg may have taken back what this key did.
			const flight = await planFlight(sender, { ...plan, nonce: inFlight.size > 0 ? nextNonce : undefined });
			await sign(sender, flight);
			const outcome = await broadcast(sender, flight);
			nextNonce = outcome.kind === "sent" ? flight.nonce + 1 : undefined;
			if (outcome.kind === "sent") {
				inFlight.add(flight.nonce);
				return flight;
			}
			if (outcome.kind === "refused" || attempt >= MAX_NONCE_ATTEMPTS) throw outcome.error;
		}
	}

	async function fly(plan: Omit<FlightPlan, "nonce">, onSent: () => void): Promise<Transacted> {
		const turn = lane.then(() => launch(plan));
		lane = turn.catch(() => {});
		const flight = await turn;
		onSent();
		const receipt = await land(sender, flight).finally(() => inFlight.delete(flight.nonce));
		if (receipt === "nonce-lost") {
			nextNonce = undefined;
			throw new NonceLostError("nonce-lost", `${flight.call}: nonce ${flight.nonce} went to another sender or a reorg`);
		}
		gasUsed?.inc({ call: flight.call }, Number(receipt.gasUsed));
		const hash = receipt.transactionHash;
		if (receipt.status === "success") return { status: "mined", hash, receipt };
		throw new TransactionRevertedError(hash, await whyReverted(sender, flight, receipt));
	}

	async function transact(target: Target, call: string, args: readonly unknown[], options: TransactOptions = {}) {
		const { already, beforeSend, onSent = () => {}, tooLate } = options;
		try {
			const done = await fly({ target, call, args, beforeSend, tooLate }, onSent);
			sent?.inc({ call, outcome: done.status });
			return done;
		} catch (error) {
			const outcome = outcomeOf(error);
			if (outcome && (await already?.())) {
				sent?.inc({ call, outcome: "already" });
				return { status: "already" } as const;
			}
			sent?.inc({ call, outcome: outcome ?? "failed" });
			throw error;
		}
	}

	const market = { address: parameters.client.deployment.market, abi: marketAbi as Abi };
	return {
		transact: (call, args, options) => transact(market, call, args as readonly unknown[], options),
		transactPanel: (address, call, args, options) =>
			transact({ address, abi: panelArbiterAbi as Abi }, call, args as readonly unknown[], options),
		poke: bell.ring,
	};
}

/** Whether the effect stands, or comes yet, is for the caller to find out. */
class NonceLostError extends UnavailableError {}

/** The failures that an effect which stands already would explain. */
function outcomeOf(error: unknown): "refused" | "reverted" | "lost" | undefined {
	if (error instanceof MarketRefusedError) return "refused";
	if (error instanceof TransactionRevertedError) return "reverted";
	return error instanceof NonceLostError ? "lost" : undefined;
}

function createBell(signal: AbortSignal) {
	let rung = Promise.withResolvers<void>();
	return {
		ring() {
			rung.resolve();
			rung = Promise.withResolvers();
		},
		async pause(ms: number) {
			const rest = new AbortController();
			const timeout = sleep(ms, AbortSignal.any([signal, rest.signal])).catch(() => {});
			await Promise.race([rung.promise, timeout]);
			rest.abort();
			signal.throwIfAborted();
		},
	};
}
