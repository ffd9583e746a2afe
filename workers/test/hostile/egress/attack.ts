import type { ContainerCreateOptions } from "dockerode";
import type { ProxyPolicy } from "../../../src/egress/proxy/policy.ts";
import type { networkBody } from "../../../src/engine/dockerNetworks.ts";

/** Everything that holds a job with a network, for a proof to take one part away from a copy. */
export type EgressConfiguration = {
	network: ReturnType<typeof networkBody>;
	policy: ProxyPolicy;
	/** Of the job's container, as it is about to be made. */
	job: (body: ContainerCreateOptions) => void;
	/** Changes to the proxy's own program: a file's name, what stands there, and what is put in its place. */
	edits: { file: string; from: string | RegExp; to: string }[];
};

/** What came of it: how the program ended, what it printed, and what the outside heard meanwhile. */
export type EgressSeen = { exitCode: number; log: string; heard: string[] };

/** A job with a network that tries to get elsewhere. Its program exits 0 if and only if it got what it wanted. */
export type EgressAttack = {
	name: string;
	/** JavaScript, after `CLIENT`; returns something truthy when it got through. */
	runs: string;
	stoppedBy: string;
	/** Takes the control away. */
	off: (careless: EgressConfiguration) => void;
	/** What holds it then. Absent when it gets what it wants. */
	secondControl?: string;
	/** Something that must not be among what the outside hears. */
	unheard?: RegExp;
	/** Its proxy is killed before it tries. */
	withoutProxy?: true;
};

/** For the programs of attacks: `get`, `connect` and `said` through the proxy, `direct` around it, `raw` bytes to the proxy. */
export const CLIENT = `
	const http = require("node:http");
	const net = require("node:net");
	const dns = require("node:dns/promises");
	const dgram = require("node:dgram");
	const proxy = new URL(process.env.HTTP_PROXY);
	const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
	const get = (url, headers = {}) => new Promise((done, fail) => {
		const asked = http.get({ host: proxy.hostname, port: proxy.port, path: url, headers: { host: url.split("/")[2], ...headers }, agent: false, timeout: 8000 });
		asked.on("timeout", () => asked.destroy(new Error("timeout"))).on("error", fail).on("response", async (answer) => {
			let text = "";
			try { for await (const part of answer) text += part.length > 1000 ? "." : part; } catch { text += "cut"; }
			console.log(url, answer.statusCode, text.slice(0, 200).trim());
			done({ status: answer.statusCode, text });
		});
	});
	const connect = (place, host = place) => new Promise((done, fail) => {
		const asked = http.request({ host: proxy.hostname, port: proxy.port, method: "CONNECT", path: place, headers: { host }, agent: false, timeout: 8000 });
		asked.on("timeout", () => asked.destroy(new Error("timeout"))).on("error", fail).on("connect", (answer, socket) => {
			console.log("CONNECT", place, answer.statusCode);
			socket.on("error", () => {});
			done({ status: answer.statusCode, socket });
		}).end();
	});
	const direct = (host, port) => new Promise((done) => {
		const socket = net.connect({ host, port });
		socket.setTimeout(4000, () => socket.destroy());
		let got = false;
		socket.on("connect", () => { got = true; socket.destroy(); });
		// Refusing is answering: somebody is there.
		socket.on("error", (error) => { console.log(host, error.code); got = error.code === "ECONNREFUSED"; });
		socket.on("close", () => done(got));
	});
	const raw = (bytes) => new Promise((done) => {
		const socket = net.connect({ host: proxy.hostname, port: proxy.port }, () => socket.write(bytes));
		let answer = "";
		socket.setTimeout(4000, () => socket.destroy());
		socket.on("data", (part) => { answer += part; }).on("error", () => {}).on("close", () => { console.log(answer.slice(0, 300)); done(answer); });
	});
	/** Opens a tunnel, says something in it, and returns what comes back. */
	const said = async (place, bytes) => {
		const { status, socket } = await connect(place);
		if (status !== 200) return "";
		return new Promise((done) => {
			let answer = "";
			socket.setTimeout(3000, () => socket.destroy());
			socket.on("data", (part) => { answer += part.toString("latin1"); socket.destroy(); }).on("close", () => { console.log("said", Buffer.from(answer.slice(0, 100), "latin1").toString("hex")); done(answer); });
			socket.write(bytes);
		});
	};
	const refused = (error) => { console.log("stopped", error.code ?? error.message); return { status: 0, text: "" }; };
`;
