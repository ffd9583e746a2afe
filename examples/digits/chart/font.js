// A typeface of lines and arcs. Capitals stand 8 units high (y 0 at their top, 8 at the baseline), small letters 5.
// A glyph is strokes parted by ";". A stroke is points "x,y" and arcs "@centreX,centreY,radiusX,radiusY,from,to", whose
// ends count quarter turns clockwise from the right: 0 right, 1 bottom, 2 left, 3 top.
const BOWL = "@2.1,5.5,2.1,2.5,0,4";
const GLYPHS = {
	0: "@2.3,4,2.3,4,0,4",
	1: "0,1.5 1.9,0 1.9,8",
	2: "@2.3,2.3,2.2,2.3,2.2,4.4 0.1,8 4.5,8",
	3: "@2.2,2.05,2,2.05,2.3,5;@2.2,6.05,2.3,1.95,3,5.7",
	4: "3.5,8 3.5,0 0,5.6 4.8,5.6",
	5: "4.2,0 0.9,0 0.55,3.6 @2.2,5.4,2.3,2.6,2.4,5.75",
	6: "3.2,0 0.71,3.77;@2.3,5.5,2.2,2.5,0,4",
	7: "0.1,0 4.5,0 1.6,8",
	8: "@2.3,1.95,1.9,1.95,0,4;@2.3,5.95,2.3,2.05,0,4",
	9: "1.4,8 3.89,4.23;@2.3,2.5,2.2,2.5,0,4",
	a: `${BOWL};4.2,3 4.2,8`,
	b: `0,0 0,8;${BOWL}`,
	c: "@2.2,5.5,2.2,2.5,3.55,0.45",
	d: `${BOWL};4.2,0 4.2,8`,
	e: "0.1,5.5 4.3,5.5 @2.2,5.5,2.15,2.5,4,0.45",
	f: "@2.7,1.8,1.5,1.8,3.5,2 1.2,8;0,3 2.8,3",
	g: `${BOWL};4.2,3 4.2,8.2 @2.2,8.2,2,2.2,0,1.65`,
	h: "0,0 0,8;@1.95,5.1,1.95,2.1,2,4 3.9,8",
	i: "0.3,3 0.3,8;0.3,0.9 0.3,1",
	k: "0,0 0,8;3.6,3 0,6.2;1.4,5.1 3.8,8",
	l: "0.3,0 0.3,8",
	m: "0,3 0,8;@1.6,4.8,1.6,1.8,2,4 3.2,8;@4.8,4.8,1.6,1.8,2,4 6.4,8",
	n: "0,3 0,8;@1.95,5.1,1.95,2.1,2,4 3.9,8",
	o: "@2.2,5.5,2.2,2.5,0,4",
	p: `0,3 0,10.4;${BOWL}`,
	q: `4.2,3 4.2,10.4;${BOWL}`,
	r: "0,3 0,8;@1.9,5,1.9,2,2,3.3",
	s: "@1.8,4.25,1.6,1.25,3.75,1;@1.8,6.75,1.8,1.25,3,5.8",
	t: "1.2,1 1.2,6.5 @2.5,6.5,1.3,1.5,2,0.8;0,3 2.8,3",
	u: "0,3 0,5.9 @1.95,5.9,1.95,2.1,2,0;3.9,3 3.9,8",
	v: "0,3 2,8 4,3",
	w: "0,3 1.5,8 3,3.4 4.5,8 6,3",
	x: "0,3 3.8,8;3.8,3 0,8",
	y: "0,3 2.1,8;4.2,3 1.3,10.4",
	z: "0,3 3.8,3 0,8 3.8,8",
	C: "@2.9,4,2.9,4,3.5,0.5",
	H: "0,0 0,8;4.8,0 4.8,8;0,3.9 4.8,3.9",
	L: "0,0 0,8 3.9,8",
	".": "0.3,7.9 0.3,8",
	",": "0.7,7.7 0.2,9.3",
	"-": "0.2,5 2.6,5",
	"%": "@1.2,1.8,1.2,1.8,0,4;@5.2,6.2,1.2,1.8,0,4;5,0 1.4,8",
	" ": "",
};
const LETTER_SPACE = 1.7;
const BLANK_WIDTH = 1.2;

/** The strokes of a text `size` pixels high with its top left corner at 0, 0: arrays of [x, y]; and the text's width. */
export function setText(text, size) {
	const scale = size / 8;
	const strokes = [];
	let x = 0;
	for (const character of text) {
		if (!(character in GLYPHS)) throw new Error(`the typeface has no "${character}"`);
		const glyph = GLYPHS[character].split(";").map(readStroke);
		for (const stroke of glyph) strokes.push(stroke.map(([px, py]) => [(x + px) * scale, py * scale]));
		const width = glyph.flat().reduce((widest, [px]) => Math.max(widest, px), BLANK_WIDTH * (character === " "));
		x += width + LETTER_SPACE;
	}
	return { strokes, width: Math.max(0, x - LETTER_SPACE) * scale };
}

function readStroke(stroke) {
	if (stroke === "") return [];
	return stroke.split(" ").flatMap((part) => {
		if (!part.startsWith("@")) return [part.split(",").map(Number)];
		return arc(...part.slice(1).split(",").map(Number));
	});
}

function arc(centreX, centreY, radiusX, radiusY, from, to) {
	const steps = Math.ceil(Math.abs(to - from) * 10);
	return Array.from({ length: steps + 1 }, (_, i) => {
		const [x, y] = onCircle(from + ((to - from) * i) / steps);
		return [centreX + radiusX * x, centreY + radiusY * y];
	});
}

/** A point of the unit circle, by quarter turns. Halves the tangent instead of asking for a sine: see model/exact.js. */
function onCircle(quarters) {
	const quarter = Math.floor(quarters);
	const t = quarters - quarter;
	const x = (1 - t * t) / (1 + t * t);
	const y = (2 * t) / (1 + t * t);
	return [
		[x, y],
		[-y, x],
		[-x, -y],
		[y, -x],
	][((quarter % 4) + 4) % 4];
}
