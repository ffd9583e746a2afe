import type Docker from "dockerode";
import { engineError, statusOf } from "./errors.ts";

/** A network between one job and its proxy. */
export type InnerNetwork = {
	id: string;
	name: string;
	/** `a.b.c.d/n`. */
	subnet: string;
	/** The address that this machine would have in it; it must not answer. */
	gateway: string | undefined;
};

export interface NetworkEngine {
	/** Makes a network that leads nowhere and that this machine has no address in. An existing one of the name is taken. */
	create(name: string, labels: Record<string, string>): Promise<InnerNetwork>;
	/** Gives a container a leg in a network; no error when it has one. */
	connect(network: string, container: string): Promise<void>;
	/** A running container's IPv4 address in a network; undefined when it has none. */
	addressOf(container: string, network: string): Promise<string | undefined>;
	list(labels: Record<string, string>): Promise<{ id: string; labels: Record<string, string> }[]>;
	/** Containers must be gone from it. No error when it is gone itself. */
	remove(id: string): Promise<void>;
}

/**
 * What keeps the machine itself out of the network. Engines before 28 know the first, which leaves the bridge without an
 * address; later ones the second, made for it. Whether either had any effect is for the canary to see.
 */
export const BRIDGE_OPTIONS = {
	"com.docker.network.bridge.inhibit_ipv4": "true",
	"com.docker.network.bridge.gateway_mode_ipv4": "isolated",
};

export function dockerNetworks(docker: Docker): NetworkEngine {
	return {
		create: (name, labels) => createNetwork(docker, name, labels),
		async connect(network, container) {
			try {
				await docker.getNetwork(network).connect({ Container: container });
			} catch (error) {
				if (statusOf(error) === 403 && /already exists|already attached/.test(String(error))) return;
				throw engineError(`connecting ${container.slice(0, 12)} to network ${network}`, error);
			}
		},
		async addressOf(container, network) {
			try {
				const { NetworkSettings } = await docker.getContainer(container).inspect();
				return NetworkSettings.Networks[network]?.IPAddress || undefined;
			} catch (error) {
				throw engineError(`looking for the address of ${container.slice(0, 12)}`, error);
			}
		},
		async list(labels) {
			const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
			try {
				const found = await docker.listNetworks({ filters: { label } });
				return found.map(({ Id, Labels }) => ({ id: Id, labels: Labels ?? {} }));
			} catch (error) {
				throw engineError("listing networks", error);
			}
		},
		async remove(id) {
			try {
				await docker.getNetwork(id).remove();
			} catch (error) {
				if (statusOf(error) !== 404) throw engineError(`removing network ${id.slice(0, 12)}`, error);
			}
		},
	};
}

async function createNetwork(docker: Docker, name: string, labels: Record<string, string>): Promise<InnerNetwork> {
	const existing = await inspect(docker, name);
	if (existing) return existing;
	try {
		await docker.createNetwork(networkBody(name, labels));
	} catch (error) {
		if (statusOf(error) !== 409) throw engineError(`making network ${name}`, error);
	}
	const made = await inspect(docker, name);
	if (made) return made;
	throw engineError(`making network ${name}`, new Error("it is not there afterwards"));
}

/** The body of the engine's call for a job's network. */
export function networkBody(name: string, labels: Record<string, string>) {
	return {
		Name: name,
		CheckDuplicate: true,
		Driver: "bridge",
		Internal: true,
		Attachable: false,
		EnableIPv6: false,
		Options: BRIDGE_OPTIONS as Record<string, string>,
		Labels: labels,
	};
}

async function inspect(docker: Docker, name: string): Promise<InnerNetwork | undefined> {
	try {
		const { Id, IPAM } = await docker.getNetwork(name).inspect();
		const { Subnet: subnet, Gateway: gateway } = IPAM?.Config?.[0] ?? {};
		return subnet === undefined ? undefined : { id: Id, name, subnet, gateway };
	} catch (error) {
		if (statusOf(error) === 404) return undefined;
		throw engineError(`looking for network ${name}`, error);
	}
}
