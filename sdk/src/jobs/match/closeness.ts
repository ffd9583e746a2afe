/** Whether two numbers count as the same, and by how much they differ. */
export type Closeness = { same: boolean; by: number };

/** Compares two numbers; `one` is the claimed value, `other` the one obtained. */
export type Close = (one: number, other: number) => Closeness;

/** Differs by at most `max`. Two NaN are the same, as are two infinities of one sign: a re-run has them again. */
export const absolute =
	(max: number): Close =>
	(one, other) =>
		special(one, other) ?? within(Math.abs(one - other), max);

/** Differs by at most `max` times the larger magnitude. */
export const relative =
	(max: number): Close =>
	(one, other) => {
		const found = special(one, other);
		if (found) return found;
		const larger = Math.max(Math.abs(one), Math.abs(other));
		// Divided first: the difference of two huge numbers may be no number.
		return within(larger === 0 ? 0 : Math.abs(one / larger - other / larger), max);
	};

function special(one: number, other: number): Closeness | undefined {
	if (Object.is(one, other) || one === other) return { same: true, by: 0 };
	return Number.isFinite(one) && Number.isFinite(other) ? undefined : { same: false, by: Number.POSITIVE_INFINITY };
}

function within(by: number, max: number): Closeness {
	return { same: by <= max, by };
}
