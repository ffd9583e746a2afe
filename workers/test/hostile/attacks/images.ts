import { type Attack, asRootWith, attempt, withHost } from "../attack.ts";

const has = (expression: string) => attempt(`return ${expression};`);

const withoutVariable =
	(name: string): Attack["off"] =>
	({ body }) => {
		body.Env = body.Env?.filter((variable) => !variable.startsWith(name)) ?? [];
	};

/** What an image may declare and an engine would obey. Ordinary images declare such things too, so none is refused for it. */
export const images: Attack[] = [
	{
		name: "image runs as root",
		image: "USER 0:0",
		runs: has("process.getuid() === 0"),
		stoppedBy: "user given by us",
		off: ({ body }) => {
			body.User = "";
		},
	},
	{
		name: "image asks for every GPU",
		image: "ENV NVIDIA_VISIBLE_DEVICES=all",
		runs: has(`process.env.NVIDIA_VISIBLE_DEVICES === "all"`),
		stoppedBy: "our variable wins",
		off: withoutVariable("NVIDIA_VISIBLE_DEVICES"),
	},
	{
		name: "image preloads a library",
		image: "ENV LD_PRELOAD=/owned.so",
		runs: has(`"LD_PRELOAD" in process.env`),
		stoppedBy: "the variable is taken away",
		off: withoutVariable("LD_PRELOAD"),
	},
	{
		name: "image's health check runs beside the job",
		image: `HEALTHCHECK --interval=1s CMD ["node", "-e", "fs.writeFileSync('/outputs/owned', '')"]`,
		runs: attempt(`
			const owned = () => require("fs").existsSync("/outputs/owned");
			for (let i = 0; i < 30 && !owned(); i++) await new Promise((done) => setTimeout(done, 100));
			return owned();
		`),
		stoppedBy: "health checks are off",
		off: ({ body }) => {
			delete body.Healthcheck;
		},
	},
	{
		name: "image declares a volume of its own on the host's disk",
		image: "VOLUME /data",
		volumes: ["/data"],
		runs: attempt(`
			const fs = require("fs");
			for (let i = 0; i < 20; i++) fs.writeFileSync("/data/" + i, Buffer.alloc(4 << 20, 1));
			return true;
		`),
		spec: { resources: { memoryMiB: 192 } },
		stoppedBy: "a volume is bounded memory",
		off: (configuration) => {
			withHost({ Tmpfs: {} })(configuration);
			asRootWith("DAC_OVERRIDE")(configuration);
		},
	},
];
