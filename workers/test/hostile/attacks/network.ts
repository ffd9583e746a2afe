import assert from "node:assert/strict";
import { type Attack, asRootWith, attempt, calls, withoutFilter } from "../attack.ts";
import { SYS } from "../program.ts";

const connectTo = (options: string) =>
	attempt(`
		return await new Promise((done, fail) => {
			const socket = require("net").connect(${options});
			socket.setTimeout(1500, () => fail(new Error("no answer")));
			socket.on("connect", () => done(true)).on("error", fail);
		});
	`);
const PORT = "Number(process.env.TARGET_PORT)";

const EPERM = 1;
const onTheHostsNetwork: Attack["off"] = ({ body }) => {
	body.NetworkDisabled = false;
	body.HostConfig.NetworkMode = "host";
};

/** Reaching anything beyond the container by a socket. The targets are the test's own. */
export const network: Attack[] = [
	{
		name: "connects to a service of the host (loopback)",
		runs: connectTo(`{ host: "127.0.0.1", port: ${PORT} }`),
		stoppedBy: "network namespace without a network",
		tiers: ["container"],
		off: onTheHostsNetwork,
	},
	{
		name: "connects to a service of the host (abstract socket)",
		runs: connectTo(`"\\0" + process.env.TARGET_SOCKET`),
		stoppedBy: "network namespace",
		tiers: ["container"],
		off: onTheHostsNetwork,
	},
	{
		name: "opens a raw socket",
		runs: calls({ call: SYS.socket, args: [2, 3, 1] }),
		stoppedBy: "no capabilities",
		off: asRootWith("NET_RAW"),
		heldBySandbox: "gVisor gives nobody raw sockets",
	},
	{
		name: "opens a packet socket",
		runs: calls({ call: SYS.socket, args: [17, 3, 0x0300] }),
		stoppedBy: "no capabilities",
		tiers: ["container"],
		off: asRootWith("NET_RAW"),
	},
	{
		name: "reaches the kernel's ciphers by a socket (AF_ALG)",
		runs: calls({ call: SYS.socket, args: [38, 5, 0] }),
		stoppedBy: "system call filter",
		held: ({ state }) => assert.equal(state.exitCode, EPERM),
		off: withoutFilter,
		secondControl: "a kernel built without them, at best",
		proven: ({ state }) => assert.notEqual(state.exitCode, EPERM),
		tiers: ["container"],
	},
	{
		name: "reaches the virtual machine's host by a socket (AF_VSOCK)",
		runs: calls({ call: SYS.socket, args: [40, 1, 0] }),
		stoppedBy: "system call filter",
		off: withoutFilter,
		tiers: ["container"],
	},
];
