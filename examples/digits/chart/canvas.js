import { setText } from "./font.js";
import { encodePng } from "./png.js";

/** A white picture to draw on. Colours are [red, green, blue] of 0 to 255; positions are pixels from the top left. */
export function createCanvas(width, height) {
	const pixels = new Uint8Array(width * height * 3).fill(255);

	function blend(x, y, colour, share) {
		if (x < 0 || y < 0 || x >= width || y >= height || share <= 0) return;
		const at = (y * width + x) * 3;
		for (let i = 0; i < 3; i++) pixels[at + i] = Math.round(pixels[at + i] * (1 - share) + colour[i] * share);
	}

	function fill(left, top, right, bottom, colour) {
		for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) blend(x, y, colour, 1);
	}

	/** Draws lines through points with round ends and soft edges; where strokes meet, the ink does not double. */
	function stroke(strokes, thickness, colour) {
		const ink = new Map();
		const reach = thickness / 2 + 1;
		for (const points of strokes) {
			for (let i = 0; i < points.length; i++) {
				const [from, to] = [points[Math.max(0, i - 1)], points[i]];
				const [left, right] = [Math.floor(Math.min(from[0], to[0]) - reach), Math.max(from[0], to[0]) + reach];
				const [top, bottom] = [Math.floor(Math.min(from[1], to[1]) - reach), Math.max(from[1], to[1]) + reach];
				for (let y = top; y <= bottom; y++) {
					for (let x = left; x <= right; x++) {
						const share = Math.min(1, thickness / 2 + 0.5 - distance(x + 0.5, y + 0.5, from, to));
						const key = y * width + x;
						if (share > 0 && x >= 0 && x < width && share > (ink.get(key) ?? 0)) ink.set(key, share);
					}
				}
			}
		}
		for (const [key, share] of ink) blend(key % width, Math.floor(key / width), colour, share);
	}

	/** Writes text whose capitals reach from `y` down to `y + size`; `align` says which of its ends stands at `x`. */
	function text(words, x, y, { size, colour, align = "left", weight = 0.13 }) {
		const { strokes, width: textWidth } = setText(words, size);
		const start = x - textWidth * { left: 0, centre: 0.5, right: 1 }[align];
		const placed = strokes.map((points) => points.map(([px, py]) => [start + px, y + py]));
		stroke(placed, size * weight, colour);
		return textWidth;
	}

	return { fill, stroke, text, toPng: () => encodePng(width, height, pixels) };
}

function distance(x, y, [fromX, fromY], [toX, toY]) {
	const [alongX, alongY] = [toX - fromX, toY - fromY];
	const square = alongX * alongX + alongY * alongY;
	const share = square === 0 ? 0 : ((x - fromX) * alongX + (y - fromY) * alongY) / square;
	const nearest = Math.min(1, Math.max(0, share));
	const [dx, dy] = [x - fromX - nearest * alongX, y - fromY - nearest * alongY];
	return Math.sqrt(dx * dx + dy * dy);
}
