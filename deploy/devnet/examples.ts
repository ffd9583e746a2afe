import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import type { Example } from "./site.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/**
 * The digits job as a page can order it: its file, with image and inputs by the CIDs that `depin run` put in their place.
 *
 * @param spec resolved, as `depin run --json` prints it
 */
export function digits(spec: unknown): Example {
	const file: { order: unknown } = parse(readFileSync(join(ROOT, "examples/digits/job.yaml"), "utf8"));
	return {
		name: "Handwritten digits",
		about: "Trains a classifier on 8,000 images and measures it on 2,000 others. Half a minute on two cores.",
		file: stringify({ ...(typeof spec === "object" ? spec : {}), order: file.order }),
	};
}
