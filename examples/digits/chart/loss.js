import { createCanvas } from "./canvas.js";

const [WIDTH, HEIGHT] = [1280, 760];
const PLOT = { left: 130, right: 1220, top: 150, bottom: 640 };
const INK = [17, 24, 39];
const PALE_INK = [107, 114, 128];
const GRID = [229, 231, 235];
const TRAINING = [37, 99, 235];
const VALIDATION = [234, 88, 12];

/** Draws the loss of each epoch; `epochs` are `{epoch, trainingLoss, validationLoss}`, one or more. */
export function drawLoss(epochs, subtitle) {
	const canvas = createCanvas(WIDTH, HEIGHT);
	const highest = Math.max(...epochs.flatMap((each) => [each.trainingLoss, each.validationLoss]));
	const step = niceStep(highest / 5);
	const top = step * Math.ceil(highest / step);
	const x = (epoch) => PLOT.left + ((PLOT.right - PLOT.left) * (epoch - 1)) / Math.max(1, epochs.length - 1);
	const y = (loss) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * loss) / top;

	canvas.text("Loss per epoch", PLOT.left, 40, { size: 30, colour: INK });
	canvas.text(subtitle, PLOT.left, 92, { size: 18, colour: PALE_INK });
	for (let i = 0; i * step <= top * 1.001; i++) {
		const level = Math.round(y(i * step));
		canvas.fill(PLOT.left, level, PLOT.right, level + 2, i === 0 ? PALE_INK : GRID);
		canvas.text(decimal(i * step), PLOT.left - 20, level - 8, { size: 18, colour: PALE_INK, align: "right" });
	}
	const everyNth = Math.ceil(epochs.length / 16);
	for (const { epoch } of epochs.filter((_, i) => i % everyNth === 0)) {
		canvas.text(String(epoch), x(epoch), PLOT.bottom + 22, { size: 18, colour: PALE_INK, align: "centre" });
	}
	canvas.text("epoch", (PLOT.left + PLOT.right) / 2, PLOT.bottom + 68, { size: 20, colour: INK, align: "centre" });

	const dotSize = epochs.length > 40 ? 0 : 12;
	const curve = (points, colour) => {
		canvas.stroke([points], 4, colour);
		if (dotSize > 0) for (const point of points) canvas.stroke([[point]], dotSize, colour);
	};
	curve(
		epochs.map((each) => [x(each.epoch), y(each.trainingLoss)]),
		TRAINING,
	);
	curve(
		epochs.map((each) => [x(each.epoch), y(each.validationLoss)]),
		VALIDATION,
	);
	legend(canvas, [
		["training, distorted", TRAINING],
		["validation", VALIDATION],
	]);
	return canvas.toPng();
}

/** Names the curves beside the title, where no curve can run through their names. */
function legend(canvas, entries) {
	let right = PLOT.right;
	for (const [name, colour] of entries.toReversed()) {
		right -= canvas.text(name, right, 48, { size: 18, colour: INK, align: "right" }) + 16;
		const end = Math.round(right);
		canvas.fill(end - 44, 56, end, 61, colour);
		right -= 44 + 40;
	}
}

/** The smallest of 1, 2, 5 times a power of ten that is not below `value`. */
function niceStep(value) {
	let power = 1;
	while (power > value) power /= 10;
	while (power * 10 <= value) power *= 10;
	return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= value);
}

function decimal(value) {
	return String(Number(value.toFixed(6)));
}
