import type Docker from "dockerode";
import { ensureBaseImage } from "../../deploy/engine/baseImage.ts";
import { until } from "./until.ts";

/**
 * An internet of the test's own: servers with public addresses and their names, on a network of an engine that lives in a
 * namespace from which nothing leads out. Whoever else owns these numbers never hears of it.
 */
export type Outside = {
	/** What a node's `egress` must say to use it. */
	config: { network: string; resolvers: string[] };
	/** What the servers and the name server saw so far, a line each. */
	heard(): Promise<string[]>;
	close(): Promise<void>;
};

export const NETWORK = "depin-outside";
/** Of the machine that runs the engine, in this network. */
export const HOST = "1.2.3.1";
export const SERVER = "1.2.3.4";
export const NAMES = "1.2.3.53";

/**
 * Answers every question with where a name is: `rebind.*` is the server the first time and the machine itself after that.
 * Two ports answer HTTP and TLS's port takes any bytes; what they hear goes to the log.
 */
const PROGRAM = `
	const { createSocket } = require("node:dgram");
	const { createServer: http } = require("node:http");
	const { createServer: tcp } = require("node:net");
	const zone = ${JSON.stringify({
		"api.example.com": [SERVER],
		"www.example.org": [SERVER],
		"evil-example.org": [SERVER],
		"private.example.org": ["172.17.0.1"],
		"metadata.example.org": ["169.254.169.254"],
		"loopback.example.org": ["127.0.0.1"],
		"shared.example.org": ["100.64.0.1"],
		"mixed.example.org": [SERVER, "10.0.0.1"],
		"host.example.org": [HOST],
	})};
	const asked = {};
	const udp = createSocket("udp4");
	udp.on("message", (message, from) => {
		const labels = [];
		let at = 12;
		while (message[at] !== 0) { labels.push(message.subarray(at + 1, at + 1 + message[at]).toString()); at += message[at] + 1; }
		const name = labels.join(".").toLowerCase();
		console.log("name " + name);
		asked[name] = (asked[name] ?? 0) + 1;
		const addresses = name === "rebind.example.org" ? [asked[name] === 1 ? "${SERVER}" : "172.17.0.1"] : zone[name] ?? [];
		const isA = message.readUInt16BE(at + 1) === 1;
		const answers = isA ? addresses : [];
		const head = Buffer.from(message.subarray(0, 12));
		head.writeUInt16BE(answers.length > 0 || zone[name] ? 0x8180 : 0x8183, 2);
		head.writeUInt16BE(answers.length, 6);
		head.writeUInt32BE(0, 8);
		const records = answers.map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]));
		udp.send(Buffer.concat([head, message.subarray(12, at + 5), ...records]), from.port, from.address);
	});
	udp.bind(53);
	for (const port of [80, 8080]) http((request, response) => {
		let bytes = 0;
		request.on("data", (chunk) => { bytes += chunk.length; });
		request.on("end", () => {
			console.log("http " + port + " " + request.method + " " + request.headers.host + request.url + " " + bytes);
			if (request.url.startsWith("/large")) return response.end(Buffer.alloc(2 ** 20));
			response.end("hello from outside to " + request.headers.host);
		});
	}).listen(port);
	tcp((socket) => {
		console.log("tcp 443");
		socket.on("error", () => {}).on("data", (chunk) => socket.write(chunk));
	}).listen(443, () => console.log("up"));
`;

export async function openOutside(docker: Docker): Promise<Outside> {
	const { id } = await ensureBaseImage(docker);
	const network = await docker.createNetwork({
		Name: NETWORK,
		IPAM: { Driver: "default", Config: [{ Subnet: "1.2.3.0/24", IPRange: "1.2.3.128/25", Gateway: HOST }] },
	});
	const container = await docker.createContainer({
		Image: id,
		Cmd: ["node", "-e", PROGRAM],
		User: "0:0",
		HostConfig: { NetworkMode: NETWORK },
		NetworkingConfig: { EndpointsConfig: { [NETWORK]: { IPAMConfig: { IPv4Address: SERVER } } } },
	});
	await container.start();
	// One machine more: the name server has an address of its own, since a job may never reach it.
	const names = await docker.createContainer({
		Image: id,
		Cmd: ["node", "-e", PROGRAM],
		User: "0:0",
		HostConfig: { NetworkMode: NETWORK },
		NetworkingConfig: { EndpointsConfig: { [NETWORK]: { IPAMConfig: { IPv4Address: NAMES } } } },
	});
	await names.start();
	const both = [container, names];
	const logOf = async (one: Docker.Container) => (await one.logs({ stdout: true, stderr: true })).toString();
	const heard = async () => {
		const logs = await Promise.all(both.map(logOf));
		// Eight bytes of the engine's before each line.
		return logs.flatMap((log) =>
			log.split("\n").map((line) => line.replace(/^[^a-z]*.{0,8}?(?=(name|http|tcp|up)\b)/s, "")),
		);
	};
	await until("the outside is up", async () => (await heard()).filter((line) => line === "up").length === 2);
	return {
		config: { network: NETWORK, resolvers: [NAMES] },
		heard,
		async close() {
			for (const one of both) await one.remove({ force: true });
			await network.remove();
		},
	};
}
