import { realpathSync } from "node:fs";
import { sep } from "node:path";
import { z } from "zod";
import { PROXY_ENTRYPOINT } from "../egress/proxyImage.ts";
import { MASKED_PATHS, NO_FORWARDING, NO_RESOLVER, READONLY_PATHS } from "../engine/hostConfig.ts";
import { SECCOMP_PROFILE } from "../engine/seccomp.ts";
import { judgeBody } from "./networkBody.ts";

const none = z.array(z.unknown()).max(0);
const noneOf = z.record(z.string(), z.unknown()).refine((it) => Object.keys(it).length === 0, "must be empty");
const words = z.array(z.string());
const path = z.string().regex(/^\/(?!.*(?:^|\/)\.\.(?:\/|$))/, "must be an absolute path without ..");
const positive = z.int().min(1);
const exactly = (values: readonly string[]) =>
	words.refine((given) => given.length === values.length && values.every((value) => given.includes(value)));
const containing = (values: readonly string[]) =>
	words.refine((given) => values.every((value) => given.includes(value)));

/** Bounded, and of no use for devices or set-user-id programs. */
const tmpfs = z.string().refine((options) => {
	const given = options.split(",");
	return given.includes("nosuid") && given.includes("nodev") && given.some((option) => /^size=\d+[km]?$/.test(option));
}, "must be nosuid, nodev and have a size");

const ulimit = z
	.strictObject({ Name: z.enum(["nofile", "core", "fsize"]), Soft: z.int().min(0), Hard: z.int().min(0) })
	.refine(({ Name, Hard }) => Name !== "core" || Hard === 0, "must not allow core files");

/**
 * A container as a worker may make one, every field of it. What is not named here is refused, so that a field which a
 * later engine gives a meaning to does not pass unseen.
 *
 * @param roots folders of the host that may be mounted from
 */
function schemaFor(roots: readonly string[]) {
	const source = path.refine((given) => isBelow(given, roots), `must lie in ${roots.join(" or ")}`);
	const mount = z.strictObject({
		Type: z.literal("bind"),
		Source: source,
		Target: path.refine((target) => !/^\/(proc|sys|dev)(\/|$)/.test(target), "must not cover the kernel's files"),
		ReadOnly: z.boolean(),
		BindOptions: z.strictObject({ Propagation: z.literal("rprivate") }),
	});
	const host = z.strictObject({
		Runtime: z.string().regex(/^(runc|runsc|(io\.containerd\.)?kata\b.*)$/),
		Privileged: z.literal(false),
		CapAdd: none,
		CapDrop: exactly(["ALL"]),
		SecurityOpt: exactly(["no-new-privileges:true", `seccomp=${SECCOMP_PROFILE}`]),
		PidMode: z.literal(""),
		UTSMode: z.literal(""),
		UsernsMode: z.literal(""),
		CgroupnsMode: z.literal("private"),
		IpcMode: z.enum(["private", "none"]),
		ShmSize: positive.optional(),
		ReadonlyRootfs: z.literal(true),
		Tmpfs: z.record(path, tmpfs),
		Mounts: z.array(mount).max(256),
		Memory: positive,
		MemorySwap: positive,
		MemorySwappiness: z.literal(0),
		OomScoreAdj: z.int().min(0).max(1000),
		OomKillDisable: z.literal(false),
		NanoCpus: positive,
		PidsLimit: z.int().min(1).max(4096),
		Ulimits: z.array(ulimit),
		NetworkMode: z.string(), // see `isConnectedAsOneOfThree`
		Dns: z.array(z.union([z.ipv4(), z.ipv6()])).max(3),
		ExtraHosts: words.max(1),
		Sysctls: z.strictObject({ "net.ipv4.ip_forward": z.literal(NO_FORWARDING["net.ipv4.ip_forward"]) }).optional(),
		Links: none,
		PortBindings: noneOf,
		PublishAllPorts: z.literal(false),
		Devices: none,
		DeviceCgroupRules: none,
		DeviceRequests: z.array(
			z.strictObject({
				Driver: z.enum(["nvidia", "cdi"]),
				DeviceIDs: words.min(1),
				Capabilities: z.array(words).optional(),
			}),
		),
		LogConfig: z.strictObject({
			Type: z.literal("local"),
			Config: z.strictObject({
				"max-size": z.literal("10m"),
				"max-file": z.literal("1"),
				compress: z.literal("false"),
			}),
		}),
		RestartPolicy: z.strictObject({ Name: z.literal("") }),
		AutoRemove: z.literal(false),
		Init: z.literal(true),
		MaskedPaths: containing(MASKED_PATHS),
		ReadonlyPaths: containing(READONLY_PATHS),
	});
	const body = z.strictObject({
		Image: z.string().regex(/^sha256:[0-9a-f]{64}$/),
		Entrypoint: words.optional(),
		Cmd: words.optional(),
		WorkingDir: path.optional(),
		User: z.string().regex(/^[1-9]\d*:[1-9]\d*$/, "must be numbers other than 0"),
		Hostname: z.string(),
		Env: words,
		Labels: z.record(z.string().regex(/^depin\./), z.string()).refine((labels) => Object.keys(labels).length > 0),
		Healthcheck: z.strictObject({ Test: z.tuple([z.literal("NONE")]) }),
		AttachStdin: z.literal(false),
		AttachStdout: z.literal(false),
		AttachStderr: z.literal(false),
		OpenStdin: z.literal(false),
		Tty: z.literal(false),
		NetworkDisabled: z.boolean(),
		StopSignal: z.literal("SIGTERM"),
		StopTimeout: z.int().min(0).max(60),
		HostConfig: host.refine(({ Memory, MemorySwap }) => Memory === MemorySwap, "must not swap"),
	});
	return body.refine(isConnectedAsOneOfThree, {
		path: ["HostConfig", "NetworkMode"],
		error: "must be none, a job's own network, or a proxy's way out",
	});
}

type Connected = {
	Entrypoint?: string[] | undefined;
	NetworkDisabled: boolean;
	HostConfig: {
		NetworkMode: string;
		Dns: string[];
		ExtraHosts: string[];
		Sysctls?: object | undefined;
		Mounts: unknown[];
	};
};

/** To nothing; a job, to the network between it and its proxy; a proxy, to the outside, with nothing of the host in it. */
function isConnectedAsOneOfThree({ Entrypoint = [], NetworkDisabled, HostConfig }: Connected): boolean {
	const { NetworkMode, Dns, ExtraHosts, Sysctls, Mounts } = HostConfig;
	if (NetworkMode === "none") return NetworkDisabled && Dns.length === 0 && ExtraHosts.length === 0 && !Sysctls;
	if (/^depin-[A-Za-z0-9_.-]{1,120}-net$/.test(NetworkMode))
		return (
			Dns.join() === NO_RESOLVER && !Sysctls && ExtraHosts.every((line) => /^egress-proxy:[\d.]{7,15}$/.test(line))
		);
	const isName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(NetworkMode) && !["host", "default"].includes(NetworkMode);
	const isProxy = Entrypoint.join(" ") === PROXY_ENTRYPOINT.join(" ") && Mounts.length === 0;
	return isName && isProxy && ExtraHosts.length === 0 && Sysctls !== undefined;
}

/** What may be sent on in place of the body of a create call, or why nothing may. */
export function judgeCreate(bytes: Uint8Array, roots: readonly string[]): { body: string } | { refused: string } {
	return judgeBody(schemaFor(roots), "a container", bytes);
}

/** As the kernel sees it: a link inside a root must not lead out of it. */
function isBelow(given: string, roots: readonly string[]): boolean {
	const below = (one: string) => roots.some((root) => one.startsWith(root.endsWith(sep) ? root : root + sep));
	try {
		return below(given) && below(realpathSync(given));
	} catch {
		return false;
	}
}
