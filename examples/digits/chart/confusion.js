import { createCanvas } from "./canvas.js";

const CELL = 88;
const [LEFT, TOP] = [150, 190];
const SIDE = CELL * 10;
const INK = [17, 24, 39];
const PALE_INK = [107, 114, 128];
const WHITE = [255, 255, 255];
const EMPTY = [246, 248, 251];
const RIGHT = [29, 78, 216];
const WRONG = [220, 38, 38];

/** Draws a 10x10 table of counts: `confusion[digit][answer]`. Right answers in blue, wrong ones in red. */
export function drawConfusion(confusion, title, subtitle) {
	const canvas = createCanvas(LEFT + SIDE + 60, TOP + SIDE + 120);
	canvas.text(title, LEFT, 40, { size: 30, colour: INK });
	canvas.text(subtitle, LEFT, 92, { size: 18, colour: PALE_INK });
	canvas.text("digit", LEFT - 30, TOP - 38, { size: 20, colour: INK, align: "right" });
	confusion.forEach((answers, digit) => {
		const total = Math.max(
			1,
			answers.reduce((sum, count) => sum + count, 0),
		);
		const y = TOP + digit * CELL;
		canvas.text(String(digit), LEFT - 50, y + 33, { size: 22, colour: INK, align: "centre" });
		canvas.text(String(digit), LEFT + (digit + 0.5) * CELL, TOP + SIDE + 20, {
			size: 22,
			colour: INK,
			align: "centre",
		});
		answers.forEach((count, answer) => {
			drawCell(canvas, LEFT + answer * CELL, y, count, count / total, digit === answer);
		});
	});
	canvas.text("answer of the network", LEFT + SIDE / 2, TOP + SIDE + 68, { size: 20, colour: INK, align: "centre" });
	return canvas.toPng();
}

function drawCell(canvas, x, y, count, share, right) {
	const depth = count === 0 ? 0 : right ? 0.15 + 0.85 * share : Math.min(1, 0.12 + 0.88 * Math.sqrt(share));
	const colour = EMPTY.map((from, i) => from + ((right ? RIGHT : WRONG)[i] - from) * depth);
	canvas.fill(x, y, x + CELL - 4, y + CELL - 4, colour);
	if (count === 0) return;
	canvas.text(String(count), x + CELL / 2 - 2, y + 31, {
		size: 22,
		colour: depth > 0.5 ? WHITE : INK,
		align: "centre",
	});
}
