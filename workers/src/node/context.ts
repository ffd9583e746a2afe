import type { MarketClient } from "depin";
import type { ContentClient } from "depin/storage";
import type { PrivateKeyAccount } from "viem";
import type { EgressMeans } from "../egress/jobEgress.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import type { Quota } from "../engine/outputVolume.ts";
import type { ChainClock } from "../runtime/chainClock.ts";
import type { Logger } from "../runtime/log.ts";
import type { Transactor } from "../runtime/transact.ts";
import type { AuditLog } from "./audit.ts";
import type { Board } from "./board.ts";
import type { Cache } from "./cache/cache.ts";
import type { CapacityLedger } from "./capacity.ts";
import type { LogBook } from "./channel/logBook.ts";
import type { NodeConfig } from "./config.ts";
import type { FactsReader } from "./facts.ts";
import type { Hardware } from "./hardware.ts";
import type { Journal } from "./journal.ts";
import type { NodeMetrics } from "./nodeMetrics.ts";
import type { SealStore } from "./seals.ts";
import type { TierOffer } from "./tierOffer.ts";
import type { WorkStore } from "./works.ts";

/** What the parts of a node share; made once in `role.ts` and passed as the first argument, never imported. */
export type NodeContext = {
	config: NodeConfig;
	/** Absolute. */
	stateDir: string;
	account: PrivateKeyAccount;
	client: MarketClient;
	transactor: Transactor;
	clock: ChainClock;
	journal: Journal;
	works: WorkStore;
	seals: SealStore;
	board: Board;
	/** What running jobs have written so far. */
	book: LogBook;
	facts: FactsReader;
	content: ContentClient;
	/** Whose room it is, and what may go. */
	cache: Cache;
	engine: ContainerEngine;
	ledger: CapacityLedger;
	host: HostAbilities;
	tiers: TierOffer;
	/** How jobs reach the network; undefined when none may. */
	egress: EgressMeans | undefined;
	audit: AuditLog;
	hardware: Hardware;
	metrics: NodeMetrics;
	log: Logger;
	/** Aborts when new work must not begin. */
	draining: AbortSignal;
	/** Aborts when everything must be left as it is. */
	signal: AbortSignal;
};

/** What this machine can give a container, found out once at start. */
export type HostAbilities = {
	quota: Quota;
	/** Of the container's processes, as they see themselves. */
	uid: number;
	/** The same as this machine sees it: another one where the engine maps users. */
	ownerUid: number;
	openFiles: number;
};
