import assert from "node:assert/strict";
import { type Attack, attempt, calls } from "../attack.ts";
import { SYS } from "../program.ts";

const inOutputs = (work: string) =>
	attempt(`const fs = require("fs"); process.chdir("/outputs"); ${work}; return true;`);
const SMALL = { outputs: { maxBytes: 4 * 2 ** 20, maxFiles: 20 } };

/** What leaves something in /outputs that must not travel; the program itself succeeds. */
function leaves(name: string, runs: string | Uint8Array, detail: RegExp, secondControl: string): Attack {
	return {
		name,
		runs,
		stoppedBy: "collector takes plain files and folders only",
		held: (seen) => {
			assert.equal(seen.reason, "output-refused");
			assert.match(seen.detail ?? "", detail);
		},
		off: (configuration) => {
			configuration.judged = false;
		},
		secondControl,
		proven: ({ reason }) => assert.equal(reason, "output-refused"),
	};
}
const IMPORTER = "importer refuses it too";
const full = (reason: string): Pick<Attack, "held" | "off" | "secondControl" | "proven"> => ({
	held: (seen) => {
		assert.match(seen.log, /ENOSPC|EDQUOT/);
		assert.equal(seen.reason, reason);
	},
	off: (configuration) => {
		configuration.quota = "polled";
	},
	secondControl: "collector counts",
	proven: (seen) => {
		assert.equal(seen.state.exitCode, 0, "all of it was written");
		assert.equal(seen.reason, reason);
	},
});

/** Outputs made to hurt whoever collects them. */
export const outputs: Attack[] = [
	{
		name: "fills the disk by bytes",
		runs: inOutputs(`for (let i = 0; i < 16; i++) fs.writeFileSync("f" + i, Buffer.alloc(4 << 20, 1))`),
		spec: SMALL,
		stoppedBy: "output volume of the allowed size",
		...full("output-bytes-exceeded"),
	},
	{
		name: "fills the disk by inodes",
		runs: inOutputs(`for (let i = 0; i < 10_000; i++) fs.writeFileSync("f" + i, "")`),
		spec: SMALL,
		stoppedBy: "output volume of the allowed inodes",
		...full("output-files-exceeded"),
	},
	leaves("link to the host's secrets", inOutputs(`fs.symlinkSync("/etc/shadow", "a")`), /symbolic link/, IMPORTER),
	leaves("link out of the folder (..)", inOutputs(`fs.symlinkSync("../../../secret", "a")`), /symbolic link/, IMPORTER),
	leaves("link through /proc/1/root", inOutputs(`fs.symlinkSync("/proc/1/root", "a")`), /symbolic link/, IMPORTER),
	leaves("link to itself", inOutputs(`fs.symlinkSync("a", "a")`), /symbolic link/, IMPORTER),
	{
		...leaves("hard link", inOutputs(`fs.writeFileSync("a", "x"); fs.linkSync("a", "b")`), /hard link/, ""),
		secondControl: "a link within the volume reaches nothing but the volume",
		proven: ({ reason }) => assert.equal(reason, "ok"),
	},
	{
		...leaves(
			"named pipe that would never end",
			calls({ call: SYS.mknod, args: [{ text: "/outputs/pipe" }, 0o10666, 0] }),
			/named pipe/,
			IMPORTER,
		),
		tiers: ["container"], // gVisor keeps pipes, like sockets, in its own kernel
	},
	{
		...leaves(
			"socket",
			attempt(
				`await new Promise((done, fail) => require("net").createServer().listen("/outputs/socket", done).on("error", fail)); return true;`,
			),
			/socket/,
			IMPORTER,
		),
		tiers: ["container"],
	},
	leaves("name with a newline and escapes", inOutputs(`fs.writeFileSync("a\\n\\x1b[2J", "x")`), /control/, IMPORTER),
	{
		...leaves(
			"name that is no Unicode",
			inOutputs(`fs.writeFileSync(Buffer.from([0x2f, 0x6f, 0x75, 0x74, 0x70, 0x75, 0x74, 0x73, 0x2f, 0xff]), "x")`),
			/not UTF-8/,
			IMPORTER,
		),
		tiers: ["container"],
	},
	leaves("name that looks like another", inOutputs(`fs.writeFileSync("re\\u0301sultat", "x")`), /NFC/, IMPORTER),
	leaves(
		"90 folders inside each other",
		inOutputs(`for (let i = 0; i < 90; i++) { fs.mkdirSync("d"); process.chdir("d"); }`),
		/deeper/,
		IMPORTER,
	),
	{
		name: "1 GiB packed into 1 MiB (gzip)",
		runs: inOutputs(`
			const packed = require("zlib").gzipSync(Buffer.alloc(64 << 20));
			fs.writeFileSync("bomb.gz", Buffer.concat(Array(16).fill(packed)))
		`),
		spec: { resources: { memoryMiB: 512 } },
		stoppedBy: "outputs are never unpacked",
		held: ({ reason, outputBytes }) => {
			assert.equal(reason, "ok");
			assert.ok(outputBytes < 2 ** 21, `${outputBytes} bytes`);
		},
		off: () => {}, // there is no unpacking to switch on: the proof is that it is a bomb
		proven: ({ outputBytes }) => assert.ok(outputBytes * 500 < 2 ** 30, "it unpacks to more than 500 times its size"),
	},
];
