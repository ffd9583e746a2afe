// A result is paid for when a second run on another machine gives the same bytes. IEEE 754 fixes + - * / and sqrt to the
// last bit; it says nothing of exp and log, which mathematical libraries compute differently from processor to
// processor. So this program has its own.

/** e^x for x up to 700, within 1e-12 of it: the series for x/256, squared eight times. */
export function exp(x) {
	if (x < -700) return 0;
	let term = 1;
	let sum = 1;
	for (let i = 1; i <= 12; i++) {
		term *= x / 256 / i;
		sum += term;
	}
	for (let i = 0; i < 8; i++) sum *= sum;
	return sum;
}

/** The natural logarithm of y in [1, 1000]: Halley's steps towards exp(x) = y, each tripling the digits that are right. */
export function log(y) {
	let x = 2;
	for (let i = 0; i < 6; i++) {
		const e = exp(x);
		x += (2 * (y - e)) / (y + e);
	}
	return x;
}
