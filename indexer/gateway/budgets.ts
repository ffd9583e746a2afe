// How many requests each client may still make. Buckets fill with time; a full one is forgotten.
export type Allowance = { perMinute: number; burst: number };
export type Spent = { allowed: boolean; limit: number; remaining: number; retryAfterSeconds: number };
export type Budgets = { spend(client: string, allowance: Allowance): Spent; readonly size: number };

type Bucket = { tokens: number; at: number };

/** Strangers with many addresses must not fill the memory: beyond this many, the longest unseen are forgotten. */
const MOST_CLIENTS = 100_000;

/** @param now milliseconds of a clock that never goes back */
export function createBudgets(now: () => number = () => performance.now(), most = MOST_CLIENTS): Budgets {
	const buckets = new Map<string, Bucket>();
	return {
		get size() {
			return buckets.size;
		},
		spend(client, { perMinute, burst }) {
			const at = now();
			const before = buckets.get(client) ?? { tokens: burst, at };
			const tokens = Math.min(burst, before.tokens + ((at - before.at) * perMinute) / 60_000);
			const allowed = tokens >= 1;
			const left = allowed ? tokens - 1 : tokens;
			// Set anew, so that the map stays in the order in which clients were last seen.
			buckets.delete(client);
			buckets.set(client, { tokens: left, at });
			if (buckets.size > most) buckets.delete(buckets.keys().next().value as string);
			const retryAfterSeconds = allowed ? 0 : Math.ceil(((1 - left) * 60) / perMinute);
			return { allowed, limit: burst, remaining: Math.floor(left), retryAfterSeconds };
		},
	};
}
