import type { DisputeRuling, DisputeStory } from "../actions/getDisputes.ts";

type Amount = (baseUnits: bigint) => string;
type Move = readonly [sum: bigint, what: string];

/** Where the money of a decided dispute came from and went to: two lists with one total, to the unit. */
export function moneyLines(story: DisputeStory, ended: DisputeRuling, amount: Amount): string[] {
	const [cameIn, wentOut] = [sourcesOf(story, ended), targetsOf(story, ended, amount)];
	const decimals = Math.max(...[...cameIn, ...wentOut].map(([sum]) => numberOf(sum, amount).fraction.length));
	const written = (sum: bigint) => {
		const { whole, fraction, unit } = numberOf(sum, amount);
		return `${whole}.${fraction.padEnd(decimals, "0")} ${unit}`;
	};
	const column = written(totalOf(cameIn)[0]).length;
	const list = (moves: readonly Move[]) =>
		[...moves, totalOf(moves)].map(([sum, what]) => `    ${written(sum).padStart(column)}  ${what}`);
	return ["  It came from", ...list(cameIn), "  and went to", ...list(wentOut)];
}

/** "48.825 dUSD" in its parts, so that a column of sums stands point under point. */
function numberOf(sum: bigint, amount: Amount) {
	const [number = "", unit = ""] = amount(sum).split(" ");
	const [whole = "", fraction = ""] = number.split(".");
	return { whole, fraction, unit };
}

function sourcesOf(
	{ challenged, appeal }: DisputeStory,
	{ verdict, split, slashed, refund = 0n }: DisputeRuling,
): Move[] {
	const taken =
		verdict === "invalid" ? "the node's stake, all of it" : "the node's stake, a slice for what it withheld";
	return some([
		[split.slashed, taken],
		[challenged.bond, "the challenger's bond"],
		[appeal?.bond ?? 0n, "the bond of the appeal"],
		...slashed.map(({ node, amount }): Move => [amount, `the stake of juror ${node}: silent, or out-voted`]),
		[refund, "the consumer, who had set the job's price aside"],
	]);
}

function targetsOf({ challenged, appeal }: DisputeStory, ended: DisputeRuling, amount: Amount): Move[] {
	const { split, slashed, paid, refund = 0n } = ended;
	const { toChallenger, toConsumer, toAppellant, toOwner, toJurors, toPool } = split;
	const reward = toChallenger - challenged.bond;
	const challengerWords =
		reward > 0n
			? `: the bond, and a reward of ${amount(reward)}`
			: reward < 0n
				? ", what the jurors left of the bond"
				: ": the bond";
	return some([
		[toConsumer + refund, consumerWords(refund, toConsumer, amount)],
		[toChallenger, `the challenger${challengerWords}`],
		[toAppellant, `whoever appealed${appeal && toAppellant === appeal.bond ? ": the bond" : ""}`],
		[toOwner, "the node's owner, out of the bond, for the trouble"],
		[toJurors, jurorWords(paid, amount)],
		[toPool + sumOf(slashed.map((juror) => [juror.amount, ""])), "the pool that pays for audits"],
	]);
}

function consumerWords(refund: bigint, compensation: bigint, amount: Amount): string {
	if (compensation === 0n) return "the consumer: the job's price, as nothing is owed for it";
	return `the consumer: the job's price of ${amount(refund)}, and ${amount(compensation)} as compensation`;
}

function jurorWords(paid: DisputeRuling["paid"], amount: Amount): string {
	const [first] = paid;
	if (paid.length === 1) return `juror ${first?.node}, for running the task again`;
	return `${paid.length} jurors, ${amount(first?.amount ?? 0n)} each, for running the task again`;
}

const some = (moves: readonly Move[]): Move[] => moves.filter(([sum]) => sum > 0n);
const sumOf = (moves: readonly Move[]): bigint => moves.reduce((total, [sum]) => total + sum, 0n);
const totalOf = (moves: readonly Move[]): Move => [sumOf(moves), "together"];
