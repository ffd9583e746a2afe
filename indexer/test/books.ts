// Where two tables tell of the same money or the same jobs, they must agree: what the chain has no view of.
import assert from "node:assert/strict";
import { table } from "./compare.ts";
import type { Rows } from "./mirror.ts";
import { assertStatsAgree } from "./statsBooks.ts";

type Row = Record<string, unknown>;

/** Asserts that accounts, orders, nodes, providers, jobs, results, payments, totals and statistics add up to each other. */
export function assertBooksAgree(rows: Rows): void {
	for (const account of table(rows, "account")) {
		const who = account["address"];
		const orders = table(rows, "order").filter(({ consumer }) => consumer === who);
		const nodes = table(rows, "node").filter(({ owner }) => owner === who);
		for (const name of ["escrow", "spent", "refunded"]) same(account, orders, name);
		for (const name of ["earned", "slashed"]) same(account, nodes, name);
		assert.equal(account["staked"], `${sum(nodes, "stake")}`, `staked of ${who}`);
		const disputes = table(rows, "challenge").filter(({ state }) => state === "open" || state === "lapsed");
		const bonds = sum(
			disputes.filter(({ challenger }) => challenger === who),
			"bond",
		);
		const appeals = sum(
			disputes.filter(({ appellant }) => appellant === who),
			"appealBond",
		);
		assert.equal(account["bonded"], `${bonds + appeals}`, `bonded of ${who}`);
		const payments = table(rows, "payment").filter(({ from, to }) => from === who || to === who);
		assert.equal(BigInt(String(account["free"])), freeAfter(String(who), payments), `free of ${who}`);
	}
	const [total = {}] = table(rows, "total");
	const amounts = ["free", "fees", "escrow", "staked", "deposited", "withdrawn", "spent", "refunded", "earned"];
	for (const name of [...amounts, "feesPaid", "bounties", "slashed", "bonded", "forfeited", "awarded"])
		same(total, table(rows, "account"), name);
	for (const provider of table(rows, "provider")) {
		const nodes = table(rows, "node").filter(({ owner }) => owner === provider["address"]);
		assert.equal(provider["nodes"], nodes.length);
		assert.equal(provider["active"], nodes.filter(({ status }) => status === "active").length);
		for (const name of jobCounts) same(provider, nodes, name);
	}
	for (const name of jobCounts) same(total, table(rows, "node"), name);
	assert.equal(total["orders"], table(rows, "order").length);
	const paid = table(rows, "job").filter(({ state }) => state === "paid");
	const divided = new Set(
		table(rows, "decision").flatMap(({ orderId, lot, votes }) => (votes === 0 ? [`${orderId}/${lot}`] : [])),
	);
	const replicasOf = new Map(table(rows, "order").map(({ id, replicas }) => [id, Number(replicas)]));
	const lotOf = ({ orderId, number }: Row) =>
		`${orderId}/${Math.floor(Number(number) / (replicasOf.get(orderId) ?? 1))}`;
	const ok = paid.filter((job) => job["status"] === 0 && !divided.has(lotOf(job)));
	assert.equal(Number(total["jobsOk"]), ok.length);
	assert.equal(Number(total["jobsFailed"]), paid.length - ok.length);
	assert.equal(BigInt(String(total["spent"])), sum(paid, "pay"));
	for (const job of table(rows, "job").filter(({ digest }) => digest !== null)) {
		const last = table(rows, "result").findLast(
			({ orderId, number }) => orderId === job["orderId"] && number === job["number"],
		);
		assert.equal(last?.["digest"], job["digest"], `result of ${job["orderId"]}/${job["number"]}`);
	}
	assertDisputesAgree(rows);
	assertStatsAgree(rows);
}

const jobCounts = ["jobsOk", "jobsFailed", "jobsReopened", "jobsExpired", "jobsVoided"];

/** What is free after these payments and nothing else, reckoned apart from the mirror's own rules. */
function freeAfter(who: string, payments: Row[]): bigint {
	const gives = ["withdrawal", "escrow", "stake", "bond"];
	const gets = ["deposit", "pay", "refund", "unstake", "bounty", "release", "juror", "reward", "compensation"];
	return payments.reduce((free, { kind, from, to, amount }) => {
		const value = BigInt(String(amount));
		const given = from === who && gives.includes(String(kind)) ? value : 0n;
		const got = to === who && gets.includes(String(kind)) ? value : 0n;
		return free + got - given;
	}, 0n);
}

/** A verdict spends what it takes, no more and no less; what nodes lost is told one by one. */
function assertDisputesAgree(rows: Rows): void {
	for (const challenge of table(rows, "challenge")) {
		const money = table(rows, "payment").filter(({ dispute }) => dispute === challenge["id"]);
		const of = (...kinds: string[]) =>
			sum(
				money.filter(({ kind }) => kinds.includes(String(kind))),
				"amount",
			);
		const where = `money of ${challenge["id"]}`;
		assert.equal(of("forfeit", "seizure"), of("juror", "reward", "compensation", "remainder"), where);
		const over = challenge["state"] === "resolved" || challenge["state"] === "reclaimed";
		if (over) assert.equal(of("bond"), of("release", "forfeit"), where);
		if (challenge["state"] !== "resolved") continue;
		assert.equal(of("seizure"), BigInt(String(challenge["slashed"])), where);
		assert.equal(of("juror"), BigInt(String(challenge["toJurors"])), where);
		assert.equal(of("remainder"), BigInt(String(challenge["toPool"])), where);
	}
	for (const node of table(rows, "node")) {
		const lost = table(rows, "slashing").filter((slashing) => slashing["node"] === node["address"]);
		assert.equal(BigInt(String(node["slashed"])), sum(lost, "amount"), `slashed of ${node["address"]}`);
	}
}

function same(row: Row, parts: Row[], name: string): void {
	assert.equal(BigInt(String(row[name])), sum(parts, name), name);
}

function sum(rows: Row[], name: string): bigint {
	return rows.reduce((total, row) => total + BigInt(String(row[name])), 0n);
}
