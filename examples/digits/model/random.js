/** Numbers in [0, 1) that depend on nothing but the seed (a whole number) and the name of what they are for. */
export function createRandom(seed, purpose) {
	let state = seed >>> 0;
	for (const character of purpose) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
	// mulberry32: a counter, scrambled.
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
	};
}

/** Puts the elements of an array in a random order, in place (Fisher and Yates). */
export function shuffle(array, random) {
	for (let last = array.length - 1; last > 0; last--) {
		const other = Math.floor(random() * (last + 1));
		[array[last], array[other]] = [array[other], array[last]];
	}
}
