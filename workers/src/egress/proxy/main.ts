// The program of a job's egress proxy, in a container of its own between the job's network and the outside. It knows
// nothing but its policy; what it says, one line of numbers each time they changed, is all that the node hears from it.
import { Resolver } from "node:dns/promises";
import { BlockList } from "node:net";
import { networkInterfaces } from "node:os";
import { createGate } from "./gate.ts";
import { createMeter } from "./meter.ts";
import { POLICY_VARIABLE, PROXY_PORT, type ProxyPolicy } from "./policy.ts";
import { createProxy } from "./server.ts";

const REPORT_MS = 500;
const MAX_ADDRESSES = 64;

const policy: ProxyPolicy = JSON.parse(process.env[POLICY_VARIABLE] ?? "");
const inner = new BlockList();
const [net = "", prefix = ""] = policy.inner.split("/");
inner.addSubnet(net, Number(prefix));
const isInner = (address: string) => inner.check(address);

const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
const listenOn = own.find(({ family, address }) => family === "IPv4" && isInner(address))?.address;
if (listenOn === undefined) throw new Error(`no leg in ${policy.inner}`);

const resolver = new Resolver({ timeout: 3_000, tries: 2 });
if (policy.resolvers.length > 0) resolver.setServers(policy.resolvers);

const meter = createMeter(policy.maxBytes);
const gate = createGate({
	policy,
	meter,
	// More addresses than anybody has reasons for are none.
	resolve: async (host) => {
		const found = await resolver.resolve4(host);
		return found.length > MAX_ADDRESSES ? [] : found;
	},
	nowMs: () => performance.now(),
});
// Twice as many ends as connections: one that is refused still needs an end to hear it on.
const proxy = createProxy({ gate, meter, connections: 2 * policy.connections, isJob: isInner });

let said = "";
function say(complete: boolean): void {
	const line = JSON.stringify({ ...meter.use(), complete });
	if (line !== said) process.stdout.write(`${line}\n`);
	said = line;
}

proxy.listen(PROXY_PORT, listenOn, () => {
	say(false); // the first line also says that it listens
	setInterval(() => say(false), REPORT_MS);
});
process.on("SIGTERM", () => {
	say(true);
	process.exit(0);
});
