// `npm run sim:deterrence`: how many jobs must be looked at for cheating to pay nothing. `--write` renews the picture.
import { writeFileSync } from "node:fs";
import { plot } from "./plot.ts";
import { study } from "./study.ts";
import { table } from "./table.ts";

const cases = study();
console.log(table(cases));
if (process.argv.includes("--write"))
	writeFileSync(new URL("../../docs/img/deterrence.svg", import.meta.url), plot(cases));
