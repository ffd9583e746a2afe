import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { ensureBaseImage } from "../../../deploy/engine/baseImage.ts";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { testPlan, testSpec } from "../../test/plan.ts";
import { dockerEngine } from "../engine/docker.ts";
import { BRIDGE_OPTIONS } from "../engine/dockerNetworks.ts";
import { createBody } from "../engine/hostConfig.ts";
import { startSocketProxy } from "./proxy.ts";

const { docker, socketPath } = await ensureEngine(() => {});
const name = `depin-test-${randomBytes(4).toString("hex")}`;
const labels = { "depin.test": name };
const refused: string[] = [];
let dir = "";
let listenOn = "";
let imageId = "";
let stranger = "";
let close: () => Promise<void>;

before(async () => {
	dir = await mkdtemp(join(tmpdir(), "depin-proxy-"));
	listenOn = join(dir, "engine.sock");
	await mkdir(join(dir, "state/outputs"), { recursive: true });
	await symlink("/etc", join(dir, "state/link"));
	imageId = (await ensureBaseImage(docker)).id;
	stranger = (await docker.createContainer({ Image: imageId })).id;
	const roots = [join(dir, "state")];
	const onRefused = (what: string) => refused.push(what);
	({ close } = await startSocketProxy({ engineSocket: socketPath, listenOn, roots, onRefused }));
});
after(async () => {
	await close();
	await docker.getContainer(stranger).remove({ force: true });
	await rm(dir, { recursive: true, force: true });
});

const plan = () =>
	testPlan({
		name,
		labels,
		imageId,
		spec: testSpec({ command: ["node", "-e", `console.log("through the proxy"); setTimeout(() => {}, 60000)`] }),
		outputsDir: join(dir, "state/outputs"),
		inputs: [],
		openFiles: 1024,
	});

test("default", async () => {
	const engine = dockerEngine({ socketPath: listenOn });
	try {
		assert.ok((await engine.info()).runtimes.includes("runc"));
		assert.equal(await engine.imageId(imageId), imageId);
		const id = await engine.create(plan());
		const { captured } = await engine.capture(id, 60); // so little that it ends with the first line
		await engine.start(id);
		const waited = engine.wait(id, AbortSignal.timeout(60_000));
		assert.deepEqual(
			(await engine.list(labels)).map((container) => container.id),
			[id],
		);
		assert.match(Buffer.from((await captured).bytes).toString(), /^throu/);
		await engine.stop(id, 0);
		assert.equal((await waited).phase, "exited");
		assert.match(Buffer.from((await (await engine.capture(id, 4096)).captured).bytes).toString(), /through/);
		await engine.remove(id);
		assert.equal(await engine.inspect(id), undefined);
		assert.deepEqual(refused, []);
	} finally {
		engine.close();
	}
});

type Changed = ReturnType<typeof createBody> & Record<string, unknown>;
type Host = Record<string, unknown>;
const bind = (Source: string) => ({
	Type: "bind",
	Source,
	Target: "/host",
	ReadOnly: false,
	BindOptions: { Propagation: "rprivate" },
});
const careless: [string, (body: Changed, host: Host) => void, RegExp][] = [
	["a privileged container", (_, host) => Object.assign(host, { Privileged: true }), /Privileged/],
	["a bind of /", (_, host) => Object.assign(host, { Mounts: [bind("/")] }), /Mounts\.0\.Source/],
	["a bind of the engine's socket", (_, host) => Object.assign(host, { Mounts: [bind(socketPath)] }), /Source/],
	["a bind that climbs out", (_, host) => Object.assign(host, { Mounts: [bind(`${dir}/state/../..`)] }), /\.\./],
	["a bind through a link", (_, host) => Object.assign(host, { Mounts: [bind(join(dir, "state/link"))] }), /Source/],
	["an old-style bind", (_, host) => Object.assign(host, { Binds: ["/:/host"] }), /HostConfig/],
	["a volume from another container", (_, host) => Object.assign(host, { VolumesFrom: [stranger] }), /HostConfig/],
	["the host's network", (_, host) => Object.assign(host, { NetworkMode: "host" }), /NetworkMode/],
	[
		"another container's network",
		(_, host) => Object.assign(host, { NetworkMode: `container:${stranger}` }),
		/NetworkMode/,
	],
	["the host's processes", (_, host) => Object.assign(host, { PidMode: "host" }), /PidMode/],
	["the host's users", (_, host) => Object.assign(host, { UsernsMode: "host" }), /UsernsMode/],
	["the host's memory", (_, host) => Object.assign(host, { IpcMode: "host" }), /IpcMode/],
	["a capability", (_, host) => Object.assign(host, { CapAdd: ["SYS_ADMIN"] }), /CapAdd/],
	["kept capabilities", (_, host) => Object.assign(host, { CapDrop: [] }), /CapDrop/],
	[
		"no system call filter",
		(_, host) => Object.assign(host, { SecurityOpt: ["no-new-privileges:true", "seccomp=unconfined"] }),
		/SecurityOpt/,
	],
	["a device", (_, host) => Object.assign(host, { Devices: [{ PathOnHost: "/dev/sda" }] }), /Devices/],
	["root", (body) => Object.assign(body, { User: "0:0" }), /User/],
	["an image by name", (body) => Object.assign(body, { Image: "debian:latest" }), /Image/],
	["no memory limit", (_, host) => Object.assign(host, { Memory: 0, MemorySwap: 0 }), /Memory/],
	["no process limit", (_, host) => Object.assign(host, { PidsLimit: -1 }), /PidsLimit/],
	["uncovered kernel files", (_, host) => Object.assign(host, { MaskedPaths: [] }), /MaskedPaths/],
	["a runtime nobody knows", (_, host) => Object.assign(host, { Runtime: "evil" }), /Runtime/],
	["a writable root", (_, host) => Object.assign(host, { ReadonlyRootfs: false }), /ReadonlyRootfs/],
	["a field of a later engine", (_, host) => Object.assign(host, { Escape: true }), /HostConfig/],
	["no label of ours", (body) => Object.assign(body, { Labels: {} }), /Labels/],
	["a job with a way out", (_, host) => Object.assign(host, { NetworkMode: "bridge" }), /NetworkMode/],
	["a network that is not named as disabled", (body) => Object.assign(body, { NetworkDisabled: false }), /NetworkMode/],
	[
		"a job that asks names of the outside",
		(_, host) => Object.assign(host, { NetworkMode: "depin-a-net", Dns: ["192.0.2.53"] }),
		/NetworkMode/,
	],
	[
		"a proxy that can read the host",
		(body, host) => {
			Object.assign(body, { Entrypoint: ["/egress/node", "/egress/main.ts"] });
			Object.assign(host, { NetworkMode: "bridge", Sysctls: { "net.ipv4.ip_forward": "0" } });
		},
		/NetworkMode/,
	],
	["a router", (_, host) => Object.assign(host, { Sysctls: { "net.ipv4.ip_forward": "1" } }), /Sysctls/],
];

describe("a worker with a bug cannot make", () => {
	for (const [what, change, named] of careless) {
		test(`behavior: ${what}`, async () => {
			const { name: _, ...body } = createBody(plan(), []);
			change(body as Changed, body.HostConfig as Host);
			const answer = await ask("POST", `/containers/create?name=${name}`, JSON.stringify(body));
			assert.equal(answer.status, 403);
			assert.match(answer.text, named);
		});
	}

	test("behavior: privilege hidden in a key given twice", async () => {
		const body = JSON.stringify(createBody(plan(), [])).replace(
			`"Privileged":false`,
			`"Privileged":false,"Privileged":true`,
		);
		assert.equal((await ask("POST", `/containers/create?name=${name}`, body)).status, 403);
		// The other way round the last one counts, here as at the engine, and only that one is sent on.
		const harmless = body.replace(`false,"Privileged":true`, `true,"Privileged":false`);
		const made = await ask("POST", `/containers/create?name=${name}`, harmless);
		assert.equal(made.status, 201);
		const { HostConfig } = await docker.getContainer(name).inspect();
		assert.equal(HostConfig.Privileged, false);
		await docker.getContainer(name).remove();
	});

	test("behavior: privilege spelled in other letters", async () => {
		const body = JSON.stringify(createBody(plan(), [])).replace(`"HostConfig":{`, `"HostConfig":{"privileged":true,`);
		assert.equal((await ask("POST", `/containers/create?name=${name}`, body)).status, 403);
	});
});

const calls: [string, string][] = [
	["POST", "/containers/{}/exec"],
	["PUT", "/containers/{}/archive?path=/"],
	["GET", "/containers/{}/archive?path=/"],
	["POST", "/containers/{}/update"],
	["POST", "/build"],
	["GET", "/secrets"],
	["POST", "/volumes/create"],
	["POST", "/networks/create"],
	["GET", "/networks"],
	["GET", "/networks/bridge"],
	["DELETE", "/networks/bridge"],
	["POST", "/networks/bridge/connect"],
	["POST", "/networks/depin-x-net/disconnect"],
	["POST", "/networks/prune"],
	["POST", "/swarm/init"],
	["POST", "/plugins/pull"],
	["POST", "/images/create?fromImage=debian:latest"],
	["POST", "/images/create?fromSrc=http://127.0.0.1/"],
	["GET", "/containers/json?all=true"],
	["GET", `/containers/json?filters=${encodeURIComponent('{"label":["com.example"]}')}`],
	["GET", "/events"],
	["DELETE", "/images/debian:latest"],
	["GET", "/v1.41/../containers/json"],
	["GET", "//info"],
	["GET", "/info/%2e%2e/containers/json"],
	["GET", "/info?x=1"],
	["POST", "/containers/{}/start?detachKeys=x"],
	["POST", "/containers/{}/attach?stream=1&stdin=1"],
];

describe("networks", () => {
	const own = `${name}-net`;
	const honest = {
		Name: own,
		CheckDuplicate: true,
		Driver: "bridge",
		Internal: true,
		Attachable: false,
		EnableIPv6: false,
		Options: BRIDGE_OPTIONS,
		Labels: labels,
	};

	test("default: a job's own is made, found, joined and removed", async () => {
		const engine = dockerEngine({ socketPath: listenOn });
		try {
			const { id, subnet } = await engine.networks.create(own, labels);
			assert.match(subnet, /^[\d.]+\/\d+$/);
			assert.equal((await engine.networks.create(own, labels)).id, id, "a second time it is the same");
			const container = await engine.create(plan());
			await engine.networks.connect(own, container);
			await engine.networks.connect(own, container);
			assert.deepEqual(await engine.networks.list(labels), [{ id, labels }]);
			await engine.remove(container);
			await engine.networks.remove(id);
			await engine.networks.remove(own);
			assert.deepEqual(await engine.networks.list(labels), []);
		} finally {
			engine.close();
		}
	});

	const careless: [what: string, change: object, named: RegExp][] = [
		["that leads out", { Internal: false }, /Internal/],
		["that this machine is in", { Options: {} }, /Options/],
		["with options of its own", { Options: { ...BRIDGE_OPTIONS, "com.docker.network.bridge.name": "x" } }, /Options/],
		["of another driver", { Driver: "host" }, /Driver/],
		["that others may join", { Attachable: true }, /Attachable/],
		["with addresses of its choice", { IPAM: { Config: [{ Subnet: "192.0.2.0/24" }] } }, /network/],
		["without a label", { Labels: {} }, /Labels/],
		["of another's name", { Name: "bridge" }, /Name/],
	];
	for (const [what, change, named] of careless)
		test(`behavior: makes none ${what}`, async () => {
			const answer = await ask("POST", "/networks/create", JSON.stringify({ ...honest, ...change }));
			assert.equal(answer.status, 403);
			assert.match(answer.text, named);
		});

	test("behavior: connects nobody else's container, and to nobody else's network", async () => {
		const engine = dockerEngine({ socketPath: listenOn });
		try {
			const { id } = await engine.networks.create(own, labels);
			const body = JSON.stringify({ Container: stranger });
			assert.equal((await ask("POST", `/networks/${id}/connect`, body)).status, 403);
			assert.equal((await ask("POST", "/networks/bridge/connect", body)).status, 403);
			const more = JSON.stringify({ Container: "0".repeat(64), EndpointConfig: {} });
			assert.equal((await ask("POST", `/networks/${id}/connect`, more)).status, 403);
			await engine.networks.remove(id);
		} finally {
			engine.close();
		}
	});
});

describe("does not let through", () => {
	for (const [method, path] of calls) {
		test(`behavior: ${method} ${path}`, async () => {
			assert.equal((await ask(method, path.replace("{}", name))).status, 403);
		});
	}

	test("behavior: anything that concerns somebody else's container", async () => {
		for (const [method, path] of [
			["GET", `/containers/${stranger}/json`],
			["POST", `/containers/${stranger}/start`],
			["POST", `/containers/${stranger.slice(0, 12)}/stop?t=0`],
			["DELETE", `/containers/${stranger}?force=true`],
			["GET", `/containers/${stranger}/logs?stdout=1`],
		] as const) {
			assert.equal((await ask(method, path)).status, 403, `${method} ${path}`);
		}
		assert.equal((await docker.getContainer(stranger).inspect()).State.Status, "created");
	});

	test("behavior: a body too long to be read", async () => {
		const answer = await ask("POST", `/containers/create?name=${name}`, `{"Image":"${"x".repeat(2 ** 21)}"}`).catch(
			() => ({ status: 403 }), // it hangs up in the middle
		);
		assert.equal(answer.status, 403);
	});

	test("behavior: a chunked body without limits", async () => {
		const body = JSON.stringify({ Image: imageId, HostConfig: { Privileged: true } });
		const answer = await raw(
			`POST /containers/create?name=${name} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n` +
				`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
		);
		assert.match(answer, /^HTTP\/1\.1 403/);
	});

	test("behavior: a second request hidden in a first (smuggling)", async () => {
		const hidden = "POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
		const lengths = [
			`Content-Length: ${hidden.length}\r\nTransfer-Encoding: chunked`,
			"Content-Length: 4\r\nContent-Length: 90",
			"Transfer-Encoding: xchunked",
		];
		for (const length of lengths) {
			const answer = await raw(
				`POST /containers/${name}/start HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n0\r\n\r\n${hidden}`,
			);
			assert.match(answer, /^HTTP\/1\.1 (400|403)/, length);
			assert.doesNotMatch(answer, /HTTP\/1\.1 2/, length);
		}
	});

	test("behavior: a request behind an honest one on the same connection, unjudged", async () => {
		const answer = await raw(
			"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\nPOST /containers/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
		);
		assert.match(answer, /^HTTP\/1\.1 200/);
		assert.match(answer, /HTTP\/1\.1 403/);
	});

	test("behavior: another protocol on the connection (upgrade, hijack)", async () => {
		const upgrade = "Connection: Upgrade\r\nUpgrade: tcp";
		for (const line of [`POST /containers/${name}/attach?stream=1`, "POST /session", "POST /grpc"]) {
			assert.match(
				await raw(`${line} HTTP/1.1\r\nHost: x\r\n${upgrade}\r\nContent-Length: 0\r\n\r\n`),
				/^HTTP\/1\.1 403/,
			);
		}
		assert.match(await raw("CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 403/);
	});
});

test("behavior: what the guard refuses is not tried again", async () => {
	const engine = dockerEngine({ socketPath: listenOn });
	await assert.rejects(engine.create({ ...plan(), name: "of-nobody" }), { code: "start-refused", retriable: false });
	engine.close();
});

test("behavior: an engine that is away stays away, not refused", async () => {
	const other = join(dir, "other.sock");
	const away = await startSocketProxy({
		engineSocket: join(dir, "none.sock"),
		listenOn: other,
		roots: [],
		onRefused: () => {},
	});
	const engine = dockerEngine({ socketPath: other });
	await assert.rejects(engine.info(), { code: "engine-down" });
	await away.close();
});

function ask(method: string, path: string, body?: string): Promise<{ status: number | undefined; text: string }> {
	return new Promise((done, fail) => {
		const headers =
			body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
		const asked = request({ socketPath: listenOn, method, path, headers });
		asked
			.on("error", fail)
			.on("response", async (answer) => done({ status: answer.statusCode, text: await text(answer) }));
		asked.end(body);
	});
}

/** Bytes as they are, and all that comes back until the proxy hangs up or has nothing more to say. */
function raw(bytes: string): Promise<string> {
	return new Promise((done, fail) => {
		const socket = connect(listenOn, () => socket.write(bytes));
		let answer = "";
		socket.setTimeout(3000, () => socket.destroy());
		socket
			.on("data", (chunk) => (answer += chunk))
			.on("close", () => done(answer))
			.on("error", fail);
	});
}
