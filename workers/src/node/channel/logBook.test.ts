import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogBook, type JobLog } from "./logBook.ts";
import { text } from "./testChannel.ts";

const key = { orderId: `0x${"11".repeat(32)}`, job: 0 } as const;
const MOST = { lines: 1_000, chars: 100_000 };

/** Everything from a place on, in pieces of at most `most`. */
function readAll(log: JobLog, from = { task: 0, line: 0 }, most = MOST) {
	const pieces = [];
	for (let found = log.read(from, most); found; found = log.read(found.next, most)) pieces.push(found.piece);
	return pieces;
}

test("default", () => {
	const log = createLogBook().open(key);
	const tap = log.tap(0);
	tap.write(text("a\nb\nc"));
	assert.deepEqual(readAll(log), [{ task: 0, from: 0, lines: ["a", "b"], truncated: false }]);
	tap.end(false);
	assert.deepEqual(readAll(log, { task: 0, line: 2 }), [{ task: 0, from: 2, lines: ["c"], truncated: false }]);
});

test("behavior: a later task is told only after all of the one before it", () => {
	const log = createLogBook().open(key);
	const [first, second] = [log.tap(4), log.tap(5)];
	second.write(text("later\n"));
	first.write(text("x\n"));
	assert.deepEqual(
		readAll(log).map(({ task }) => task),
		[4],
	);
	first.end(false);
	assert.deepEqual(
		readAll(log).map(({ task }) => task),
		[4, 5],
	);
	assert.deepEqual(
		readAll(log, { task: 4, line: 1 }).map(({ task }) => task),
		[5],
	);
});

test("behavior: a cut log says so once, with its last lines or after them", () => {
	const log = createLogBook().open(key);
	const tap = log.tap(0);
	tap.write(text("a\nb\n"));
	tap.end(true);
	assert.deepEqual(readAll(log), [{ task: 0, from: 0, lines: ["a", "b"], truncated: true }]);
	assert.deepEqual(readAll(log, { task: 0, line: 2 }), [{ task: 0, from: 2, lines: [], truncated: true }]);
});

test("behavior: pieces are small, whole lines, and complete", () => {
	const log = createLogBook().open(key);
	const lines = Array.from({ length: 50 }, (_, index) => `${index} ${"x".repeat(index * 10)}`);
	log.tap(0).write(text(`${lines.join("\n")}\n`));
	const pieces = readAll(log, { task: 0, line: 0 }, { lines: 7, chars: 600 });
	assert.deepEqual(
		pieces.flatMap((piece) => piece.lines),
		lines,
	);
	for (const piece of pieces) {
		assert.ok(piece.lines.length <= 7);
		assert.ok(piece.lines.length === 1 || piece.lines.join("").length <= 600);
	}
});

test("behavior: a job's log is bounded, the oldest tasks go first", () => {
	const log = createLogBook().open(key);
	const mebibyte = `${"x".repeat(1023)}\n`.repeat(1024);
	for (let task = 0; task < 8; task++) {
		const tap = log.tap(task);
		tap.write(text(mebibyte));
		tap.end(false);
	}
	const kept = new Set(readAll(log).map(({ task }) => task));
	assert.deepEqual([...kept], [4, 5, 6, 7]);
});

test("behavior: an adopted container is read from its start again, and a place stays the same line", () => {
	const log = createLogBook().open(key);
	log.tap(0).write(text("a\nb\n"));
	const again = log.tap(0);
	again.write(text("a\n"));
	assert.deepEqual(readAll(log, { task: 0, line: 2 }), []);
	again.write(text("b\nc\n"));
	assert.deepEqual(readAll(log, { task: 0, line: 2 })[0]?.lines, ["c"]);
});

test("behavior: whoever waits hears of lines, of the end, and of nothing after it", async () => {
	const book = createLogBook();
	const log = book.open(key);
	const [written, ended] = [log.changed(), book.of(key)?.changed()];
	log.tap(0).write(text("a\n"));
	await written;
	await ended;
	const closed = log.changed();
	book.close(key, "stopping");
	await closed;
	assert.equal(log.over, "stopping");
	assert.equal(readAll(log).length, 1, "who reads it reads to its end");
});

test("behavior: an ended log stays for who lost the connection just then, the last few only, until the job is back", () => {
	const book = createLogBook();
	const other = (job: number) => ({ ...key, job });
	for (let job = 0; job < 20; job++) {
		book.open(other(job)).tap(0).write(text("a\n"));
		book.close(other(job), "ended");
	}
	const kept = Array.from({ length: 20 }, (_, job) => job).filter((job) => book.of(other(job)));
	assert.deepEqual(
		kept,
		Array.from({ length: 16 }, (_, index) => index + 4),
	);
	assert.equal(book.of(other(19))?.over, "ended");
	assert.equal(book.open(other(19)).over, undefined, "a new log for a job that is ours again");
});
