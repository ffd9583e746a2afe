// Looks at a job's network from a job's place, before any job is let into one: exits 0 when the proxy is there and
// nothing else is, and says otherwise what it saw.
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import { PROXY_PORT } from "./policy.ts";

/** Addresses that must not answer, and the name of the proxy. */
const [proxyHost = "", ...forbidden] = process.argv.slice(2);
const WAIT_MS = 2_000;

/** What an end answers to a first line; empty when it takes the connection and says nothing. */
function answerOf(host: string, port: number, line?: string): Promise<string | undefined> {
	return new Promise((done) => {
		const socket = connect({ host, port });
		socket.setTimeout(WAIT_MS, () => socket.destroy());
		let answer: string | undefined;
		socket.on("connect", () => {
			answer = "";
			if (line === undefined) socket.end();
			else socket.write(line);
		});
		// Refusing is answering: somebody is there.
		socket.on("error", (error: NodeJS.ErrnoException) => {
			if (error.code === "ECONNREFUSED") answer = "";
		});
		socket.on("data", (chunk) => {
			answer += chunk.toString();
		});
		socket.on("close", () => done(answer));
	});
}

/** That a name does not exist is an answer from outside as well. */
async function isResolved(name: string): Promise<boolean> {
	try {
		await new Resolver({ timeout: 1_000, tries: 1 }).resolve4(name);
		return true;
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "ENOTFOUND";
	}
}

const [answer, resolved, ...reached] = await Promise.all([
	answerOf(proxyHost, PROXY_PORT, "CONNECT denied.invalid:443 HTTP/1.1\r\nHost: denied.invalid:443\r\n\r\n"),
	isResolved("depin-canary.invalid"),
	...forbidden.map(async (address) => ((await answerOf(address, 9)) === undefined ? undefined : address)),
]);
const open = reached.filter((address) => address !== undefined);
const seen = [
	...(answer?.startsWith("HTTP/1.1 403") ? [] : ["a job does not reach its proxy"]),
	...(resolved ? ["a job's own questions for names are answered"] : []),
	...open.map((address) => `a job reaches ${address}`),
];
console.log(seen.join("; "));
process.exit(seen.length === 0 ? 0 : 1);
