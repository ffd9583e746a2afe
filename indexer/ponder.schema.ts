// The rows of the mirror. Every one is rebuilt from events alone, so no column holds a wall-clock time of this machine:
// deleting the store and indexing again gives identical rows. Amounts are base units of the asset, times unix seconds.
// Addresses and hashes are lower-case hex. Numbers of 32 bits and block numbers are `whole`: exact to 2^53 in SQL, JSON
// and GraphQL alike (a GraphQL Int would refuse the upper half of a uint32).
import type { JobState, NodeStatus, Verdict } from "depin";
import type { challengeStates, EventJson, orderStates, paymentKinds, slashReasons } from "depin/indexer";
import { index, onchainTable, primaryKey, relations, doublePrecision as whole } from "ponder";

export const account = onchainTable(
	"account",
	(t) => ({
		address: t.hex().primaryKey(),
		free: t.bigint().notNull(), // may be spent or withdrawn now
		fees: t.bigint().notNull(), // fees of its nodes' jobs, waiting to be swept
		escrow: t.bigint().notNull(), // locked in its own orders
		staked: t.bigint().notNull(), // stake of its nodes, what is unbonding included
		deposited: t.bigint().notNull(),
		withdrawn: t.bigint().notNull(),
		spent: t.bigint().notNull(), // pay of its orders' jobs, fee included
		refunded: t.bigint().notNull(), // escrow that came back
		earned: t.bigint().notNull(), // pay of its nodes' jobs, fee taken off
		feesPaid: t.bigint().notNull(), // fees of its nodes' jobs, swept or not
		bounties: t.bigint().notNull(), // for expiring silent jobs
		slashed: t.bigint().notNull(), // stake lost by its nodes
		bonded: t.bigint().notNull(), // locked in its own challenges and appeals
		forfeited: t.bigint().notNull(), // of such bonds, what did not come back
		awarded: t.bigint().notNull(), // by disputes: jurors' fees of its nodes, rewards, compensation
		sinceBlock: whole().notNull(),
		sinceTime: whole().notNull(),
	}),
	(t) => ({
		bySpent: index().on(t.spent, t.address),
		byEarned: index().on(t.earned, t.address),
		byStaked: index().on(t.staked, t.address),
	}),
);

export const provider = onchainTable(
	"provider",
	(t) => ({
		address: t.hex().primaryKey(),
		nodes: t.integer().notNull(),
		active: t.integer().notNull(),
		jobsOk: t.integer().notNull(), // paid with status ok
		jobsFailed: t.integer().notNull(), // paid with another status
		jobsReopened: t.integer().notNull(), // handed back unpaid: bad spec, input unavailable
		jobsExpired: t.integer().notNull(), // lost by silence
		jobsVoided: t.integer().notNull(), // unpaid with a result: out-voted, withheld, found wrong, or the node jailed
		sinceBlock: whole().notNull(),
		sinceTime: whole().notNull(),
	}),
	(t) => ({ byJobsOk: index().on(t.jobsOk, t.address) }),
);

export const node = onchainTable(
	"node",
	(t) => ({
		address: t.hex().primaryKey(),
		owner: t.hex().notNull(),
		class: t.integer().notNull(),
		status: t.text().$type<NodeStatus>().notNull(),
		stake: t.bigint().notNull(),
		locked: t.bigint().notNull(),
		unbonding: t.bigint().notNull(),
		unbondAt: whole().notNull(),
		open: t.integer().notNull(),
		maxOpen: t.integer().notNull(),
		activatedAt: whole().notNull(),
		rosterIndex: whole().notNull(),
		metadata: t.hex().notNull(),
		uri: t.text().notNull(),
		jobsOk: t.integer().notNull(),
		jobsFailed: t.integer().notNull(),
		jobsReopened: t.integer().notNull(),
		jobsExpired: t.integer().notNull(),
		jobsVoided: t.integer().notNull(),
		earned: t.bigint().notNull(),
		slashed: t.bigint().notNull(),
		jailedAt: whole(),
		registeredBlock: whole().notNull(),
		registeredTime: whole().notNull(),
		registeredTx: t.hex().notNull(),
	}),
	(t) => ({
		byOwner: index().on(t.owner, t.address),
		byClass: index().on(t.class, t.address),
		byStake: index().on(t.stake, t.address),
		byEarned: index().on(t.earned, t.address),
	}),
);

/** A hardware class; called a record only because GraphQL would make "classs" of its plural. */
export const classRecord = onchainTable("class", (t) => ({
	id: t.integer().primaryKey(),
	minStake: t.bigint().notNull(),
	step: t.integer().notNull(),
	documentHash: t.hex().notNull(),
	active: t.integer().notNull(),
	owners: t.integer().notNull(), // distinct owners of the active nodes
	setBlock: whole().notNull(),
	setTx: t.hex().notNull(),
}));

/** How many active nodes one owner has in one class: what `owners` of a class counts. */
export const classOwner = onchainTable(
	"class_owner",
	(t) => ({ class: t.integer().notNull(), owner: t.hex().notNull(), active: t.integer().notNull() }),
	(t) => ({ pk: primaryKey({ columns: [t.class, t.owner] }) }),
);

export const order = onchainTable(
	"order",
	(t) => ({
		id: t.hex().primaryKey(),
		consumer: t.hex().notNull(),
		salt: t.bigint().notNull(),
		node: t.hex().notNull(),
		lots: whole().notNull(),
		tasksPerLot: whole().notNull(),
		replicas: t.integer().notNull(),
		quorum: t.integer().notNull(),
		metered: t.boolean().notNull(),
		arbiter: t.hex().notNull(),
		challengeFor: whole().notNull(),
		maxRun: whole().notNull(),
		postBy: whole().notNull(),
		verifier: t.hex().notNull(),
		openFor: whole().notNull(),
		rampFor: whole().notNull(),
		beatEvery: whole().notNull(),
		taskRoot: t.hex().notNull(),
		startPrice: t.bigint().notNull(),
		maxPrice: t.bigint().notNull(),
		failBps: t.integer().notNull(),
		class: t.integer().notNull(),
		bond: t.bigint().notNull(),
		feeBps: t.integer().notNull(),
		manifest: t.hex().notNull(),
		manifestCid: t.text().notNull(),
		uri: t.text().notNull(),
		jobs: whole().notNull(),
		jobEscrow: t.bigint().notNull(),
		state: t.text().$type<(typeof orderStates)[number]>().notNull(),
		closed: t.boolean().notNull(),
		escrow: t.bigint().notNull(),
		unclaimed: whole().notNull(),
		reopened: whole().notNull(), // of the unclaimed: claimed once and handed back or lost
		running: whole().notNull(),
		sealed: whole().notNull(), // replicas whose results wait for the tally
		submitted: whole().notNull(),
		paid: whole().notNull(),
		voided: whole().notNull(), // closed, expired or handed back for good
		spent: t.bigint().notNull(),
		fees: t.bigint().notNull(),
		refunded: t.bigint().notNull(),
		postedAt: whole().notNull(),
		postedBlock: whole().notNull(),
		postedTx: t.hex().notNull(),
		sequence: t.text().notNull(), // block and log of the posting: the order of listing
		closedAt: whole(),
		closedTx: t.hex(),
	}),
	(t) => ({
		bySequence: index().on(t.sequence),
		byConsumer: index().on(t.consumer, t.sequence),
		byClass: index().on(t.class, t.sequence),
		byState: index().on(t.state, t.sequence),
		byJobEscrow: index().on(t.jobEscrow, t.sequence),
	}),
);

/** Ids burnt before they were posted. Their terms were never shown. */
export const revokedOrder = onchainTable("revoked_order", (t) => ({
	id: t.hex().primaryKey(),
	block: whole().notNull(),
	time: whole().notNull(),
	tx: t.hex().notNull(),
}));

/** A job has a row from its first claim on; before that it is one of its order's `unclaimed`. */
export const job = onchainTable(
	"job",
	(t) => ({
		orderId: t.hex().notNull(),
		number: whole().notNull(),
		state: t.text().$type<JobState>().notNull(),
		consumer: t.hex().notNull(),
		provider: t.hex(), // of the node below
		node: t.hex(), // who runs or ran it; null while open
		lastFailedBy: t.hex(), // may not claim it again
		attempts: t.integer().notNull(), // claims so far
		stopped: t.boolean().notNull(),
		claimDelay: whole(),
		unitPrice: t.bigint(),
		claimedAt: whole(),
		deadline: whole(), // running: submit by; sealed: last moment for another seal; submitted: anyone may settle from then on
		challenges: t.integer().notNull(), // open ones
		submittedAt: whole(),
		endedAt: whole(),
		digest: t.hex(), // of the last result
		status: t.integer(), // of the last result
		pay: t.bigint(),
		fee: t.bigint(),
		refund: t.bigint(),
		claimTx: t.hex(),
		submitTx: t.hex(),
		endTx: t.hex(),
		sequence: t.text().notNull(), // block and log of the first claim
	}),
	(t) => ({
		pk: primaryKey({ columns: [t.orderId, t.number] }),
		bySequence: index().on(t.sequence),
		byOrder: index().on(t.orderId, t.sequence),
		byNode: index().on(t.node, t.sequence),
		byProvider: index().on(t.provider, t.sequence),
		byConsumer: index().on(t.consumer, t.sequence),
		byState: index().on(t.state, t.sequence),
	}),
);

/** What a node reported; one row an attempt, since a job handed back may get another result later. */
export const result = onchainTable(
	"result",
	(t) => ({
		orderId: t.hex().notNull(),
		number: whole().notNull(),
		attempt: t.integer().notNull(),
		node: t.hex().notNull(),
		digest: t.hex().notNull(),
		resultRoot: t.hex().notNull(),
		outputsDigest: t.hex().notNull(),
		statementHash: t.hex().notNull(),
		evidenceHash: t.hex().notNull(),
		shadowCommit: t.hex().notNull(),
		resultCid: t.text().notNull(), // of the outputs' UnixFS root
		statementCid: t.text().notNull(),
		status: t.integer().notNull(),
		exitCode: t.integer().notNull(),
		startedAt: whole().notNull(),
		finishedAt: whole().notNull(),
		billed: whole().notNull(),
		pay: t.bigint().notNull(), // before the fee
		submittedAt: whole().notNull(),
		block: whole().notNull(),
		tx: t.hex().notNull(),
		sequence: t.text().notNull(), // block and log of the submission
	}),
	(t) => ({
		pk: primaryKey({ columns: [t.orderId, t.number, t.attempt] }),
		bySequence: index().on(t.sequence),
		byOrder: index().on(t.orderId, t.sequence),
		byNode: index().on(t.node, t.sequence),
	}),
);

/** A replica's result between its commit and the tally, and what was found in it once opened; at most one a job. */
export const seal = onchainTable(
	"seal",
	(t) => ({
		orderId: t.hex().notNull(),
		number: whole().notNull(),
		lot: whole().notNull(),
		node: t.hex().notNull(),
		claimedAt: whole().notNull(),
		committedAt: whole().notNull(),
		stopped: t.boolean().notNull(), // whether its consumer had asked it to stop
		commitment: t.hex().notNull(),
		commitTx: t.hex().notNull(),
		openedAt: whole(), // by the node, or in the tally
		openTx: t.hex(),
		salt: t.hex(),
		resultRoot: t.hex(),
		outputsDigest: t.hex(),
		statementHash: t.hex(),
		evidenceHash: t.hex(),
		shadowCommit: t.hex(),
		resultCid: t.text(),
		statementCid: t.text(),
		status: t.integer(),
		exitCode: t.integer(),
		startedAt: whole(),
		finishedAt: whole(),
		billed: whole(),
		sequence: t.text().notNull(), // block and log of the commit
	}),
	(t) => ({
		pk: primaryKey({ columns: [t.orderId, t.number] }),
		byNode: index().on(t.node, t.sequence),
	}),
);

/** What the tally of a lot's replicas came to. */
export const decision = onchainTable(
	"decision",
	(t) => ({
		orderId: t.hex().notNull(),
		lot: whole().notNull(),
		votes: t.integer().notNull(), // that agreed; 0 without a quorum
		resultRoot: t.hex(), // of the quorum, with its status; null without one
		status: t.integer(),
		decidedAt: whole().notNull(),
		tx: t.hex().notNull(),
	}),
	(t) => ({ pk: primaryKey({ columns: [t.orderId, t.lot] }) }),
);

/** A task of a result that somebody disputes. */
export const challenge = onchainTable(
	"challenge",
	(t) => ({
		id: t.hex().primaryKey(),
		orderId: t.hex().notNull(),
		number: whole().notNull(),
		node: t.hex().notNull(), // whose result it is
		challenger: t.hex().notNull(),
		arbiter: t.hex().notNull(),
		task: t.bigint().notNull(), // of all tasks of the order
		specDigest: t.hex().notNull(),
		withheld: t.boolean().notNull(), // the outputs were never published: the two below say nothing
		outputDigest: t.hex().notNull(),
		status: t.integer().notNull(), // of the task, as the result says
		bond: t.bigint().notNull(),
		deadline: whole().notNull(), // from then on the job can be settled without a verdict
		appellant: t.hex(),
		appealBond: t.bigint(),
		appealedAt: whole(),
		state: t.text().$type<(typeof challengeStates)[number]>().notNull(),
		verdict: t.text().$type<Verdict>(),
		slashed: t.bigint(), // the rest of the split: where the node's stake and the bonds went
		toConsumer: t.bigint(),
		toChallenger: t.bigint(),
		toAppellant: t.bigint(),
		toOwner: t.bigint(),
		toJurors: t.bigint(),
		toPool: t.bigint(),
		challengedAt: whole().notNull(),
		block: whole().notNull(),
		tx: t.hex().notNull(),
		endedAt: whole(),
		endTx: t.hex(),
		sequence: t.text().notNull(), // block and log of the challenge
	}),
	(t) => ({
		bySequence: index().on(t.sequence),
		byJob: index().on(t.orderId, t.number, t.sequence),
		byOrder: index().on(t.orderId, t.sequence),
		byNode: index().on(t.node, t.sequence),
		byChallenger: index().on(t.challenger, t.sequence),
		byState: index().on(t.state, t.sequence),
	}),
);

/** One round of a dispute before the drawn panel. Other arbiters' doings are their own. */
export const panel = onchainTable(
	"panel",
	(t) => ({
		dispute: t.hex().notNull(),
		round: t.integer().notNull(), // 1 is the appeal
		class: t.integer().notNull(),
		openedAt: whole().notNull(), // who was active then may be drawn
		rosterLength: whole().notNull(),
		beaconRound: t.bigint().notNull(),
		fee: t.bigint().notNull(), // of a juror
		seated: t.integer(), // jurors, once drawing is over
		dataBy: whole(), // an "unavailable" committed earlier does not count
		commitBy: whole(),
		revealFrom: whole(),
		committed: t.integer().notNull(),
		revealed: t.integer().notNull(),
		verdict: t.text().$type<Verdict>(), // of the round that decided
		openTx: t.hex().notNull(),
	}),
	(t) => ({ pk: primaryKey({ columns: [t.dispute, t.round] }) }),
);

export const juror = onchainTable(
	"juror",
	(t) => ({
		dispute: t.hex().notNull(),
		round: t.integer().notNull(),
		node: t.hex().notNull(),
		owner: t.hex().notNull(),
		commitment: t.hex(),
		committedAt: whole(),
		vote: t.text().$type<Verdict>(), // "inconclusive" abstained; null is sealed or silent
		digest: t.hex(), // of the outputs it got
		revealedAt: whole(),
		sequence: t.text().notNull(), // block and log of the draw: the order of the seats
	}),
	(t) => ({
		pk: primaryKey({ columns: [t.dispute, t.round, t.node] }),
		byNode: index().on(t.node, t.sequence),
	}),
);

/** Stake that a node lost, and why. */
export const slashing = onchainTable(
	"slashing",
	(t) => ({
		id: t.text().primaryKey(), // block and log, padded: sorts as it happened
		node: t.hex().notNull(),
		owner: t.hex().notNull(),
		reason: t.text().$type<(typeof slashReasons)[number]>().notNull(),
		amount: t.bigint().notNull(),
		orderId: t.hex().notNull(),
		number: whole().notNull(),
		dispute: t.hex(),
		block: whole().notNull(),
		time: whole().notNull(),
		tx: t.hex().notNull(),
	}),
	(t) => ({
		byNode: index().on(t.node, t.id),
		byOwner: index().on(t.owner, t.id),
		byReason: index().on(t.reason, t.id),
	}),
);

/** Who may judge: orders name one of these, or none for the deployment's own. */
export const arbiter = onchainTable("arbiter", (t) => ({
	address: t.hex().primaryKey(),
	block: whole().notNull(),
	time: whole().notNull(),
	tx: t.hex().notNull(),
}));

/** One movement of money. `from` or `to` is null where the other side is the market itself (escrow, stake, pool). */
export const payment = onchainTable(
	"payment",
	(t) => ({
		id: t.text().primaryKey(), // block, log and part, padded: sorts as it happened
		kind: t.text().$type<(typeof paymentKinds)[number]>().notNull(),
		from: t.hex(),
		to: t.hex(),
		amount: t.bigint().notNull(),
		orderId: t.hex(),
		number: whole(),
		node: t.hex(),
		dispute: t.hex(),
		block: whole().notNull(),
		time: whole().notNull(),
		tx: t.hex().notNull(),
		logIndex: t.integer().notNull(),
	}),
	(t) => ({
		byFrom: index().on(t.from, t.id),
		byTo: index().on(t.to, t.id),
		byOrder: index().on(t.orderId, t.id),
		byKind: index().on(t.kind, t.id),
		byDispute: index().on(t.dispute, t.id),
	}),
);

/** The timeline: every event of the market and of its panel as it was sent. */
export const event = onchainTable(
	"event",
	(t) => ({
		id: t.text().primaryKey(), // block and log, padded: sorts as it happened
		name: t.text().notNull(),
		orderId: t.hex(),
		number: whole(),
		node: t.hex(),
		dispute: t.hex(), // order and number are then those of the disputed job
		account: t.hex(),
		args: t.json().$type<EventJson["args"]>().notNull(),
		block: whole().notNull(),
		time: whole().notNull(),
		tx: t.hex().notNull(),
		logIndex: t.integer().notNull(),
	}),
	(t) => ({
		byBlock: index().on(t.block, t.id),
		byOrder: index().on(t.orderId, t.id),
		byJob: index().on(t.orderId, t.number, t.id),
		byNode: index().on(t.node, t.id),
		byDispute: index().on(t.dispute, t.id),
		byAccount: index().on(t.account, t.id),
		byName: index().on(t.name, t.id),
	}),
);

export const parameter = onchainTable("parameter", (t) => ({
	name: t.text().primaryKey(),
	value: t.bigint().notNull(),
	block: whole().notNull(),
	tx: t.hex().notNull(),
}));

/** One row, `market`: sums over all accounts by the same names, then what is nobody's account, and counts. */
export const total = onchainTable("total", (t) => ({
	id: t.text().primaryKey(),
	free: t.bigint().notNull(),
	fees: t.bigint().notNull(),
	escrow: t.bigint().notNull(),
	staked: t.bigint().notNull(),
	deposited: t.bigint().notNull(),
	withdrawn: t.bigint().notNull(),
	spent: t.bigint().notNull(),
	refunded: t.bigint().notNull(),
	earned: t.bigint().notNull(),
	feesPaid: t.bigint().notNull(),
	bounties: t.bigint().notNull(),
	slashed: t.bigint().notNull(),
	bonded: t.bigint().notNull(),
	forfeited: t.bigint().notNull(),
	awarded: t.bigint().notNull(),
	treasury: t.bigint().notNull(),
	pool: t.bigint().notNull(),
	orders: t.integer().notNull(),
	jobsOk: t.integer().notNull(),
	jobsFailed: t.integer().notNull(),
	jobsReopened: t.integer().notNull(),
	jobsExpired: t.integer().notNull(),
	jobsVoided: t.integer().notNull(),
}));

/**
 * What happened in a class in one hour in which anything did. Averages are left to the reader: levels come as their sum
 * over the seconds of the hour up to `until`, and as they stood from then on.
 */
export const classHour = onchainTable(
	"class_hour",
	(t) => ({
		class: t.integer().notNull(),
		start: whole().notNull(),
		until: whole().notNull(),
		nodes: t.integer().notNull(), // active ones
		seats: t.integer().notNull(), // jobs that these take at once
		open: whole().notNull(), // jobs on offer, also those over time that nobody closed yet
		running: whole().notNull(),
		nodeSeconds: whole().notNull(),
		seatSeconds: whole().notNull(),
		openSeconds: whole().notNull(),
		runningSeconds: whole().notNull(),
		posted: whole().notNull(), // jobs put on offer
		claimed: whole().notNull(),
		claimSeconds: whole().notNull(), // from offer to claim, over `claimed`
		meteredClaims: whole().notNull(),
		meteredPrice: t.bigint().notNull(), // a second, over `meteredClaims`
		fixedPrice: t.bigint().notNull(), // a job, over the other claims
		started: whole().notNull(), // results of containers that ran
		startSeconds: whole().notNull(), // from claim to start as the node says, over `started`
		jobsOk: whole().notNull(),
		jobsFailed: whole().notNull(),
		jobsReopened: whole().notNull(),
		jobsExpired: whole().notNull(),
		jobsVoided: whole().notNull(),
		pay: t.bigint().notNull(), // fee included
	}),
	(t) => ({ pk: primaryKey({ columns: [t.class, t.start] }) }),
);

/** The last of the hours of a class: the levels in it stand now. */
export const latestHour = onchainTable("latest_hour", (t) => ({
	class: t.integer().primaryKey(),
	start: whole().notNull(),
}));

export const orderRelations = relations(order, ({ many }) => ({ claimed: many(job), events: many(event) }));
export const jobRelations = relations(job, ({ one, many }) => ({
	order: one(order, { fields: [job.orderId], references: [order.id] }),
	results: many(result),
}));
export const challengeRelations = relations(challenge, ({ one, many }) => ({
	order: one(order, { fields: [challenge.orderId], references: [order.id] }),
	panels: many(panel),
	payments: many(payment),
}));
export const panelRelations = relations(panel, ({ one, many }) => ({
	challenge: one(challenge, { fields: [panel.dispute], references: [challenge.id] }),
	jurors: many(juror),
}));
export const jurorRelations = relations(juror, ({ one }) => ({
	panel: one(panel, { fields: [juror.dispute, juror.round], references: [panel.dispute, panel.round] }),
}));
export const paymentRelations = relations(payment, ({ one }) => ({
	challenge: one(challenge, { fields: [payment.dispute], references: [challenge.id] }),
}));
export const resultRelations = relations(result, ({ one }) => ({
	job: one(job, { fields: [result.orderId, result.number], references: [job.orderId, job.number] }),
}));
export const eventRelations = relations(event, ({ one }) => ({
	order: one(order, { fields: [event.orderId], references: [order.id] }),
}));
export const nodeRelations = relations(node, ({ one }) => ({
	provider: one(provider, { fields: [node.owner], references: [provider.address] }),
}));
export const providerRelations = relations(provider, ({ many }) => ({ machines: many(node) }));
