import { z } from "zod";
import { BRIDGE_OPTIONS } from "../engine/dockerNetworks.ts";

/** A network as a worker may make one: it leads nowhere and has no address of this machine. */
const networkSchema = z.strictObject({
	Name: z.string().regex(/^depin-[A-Za-z0-9_.-]{1,120}-net$/),
	CheckDuplicate: z.literal(true),
	Driver: z.literal("bridge"),
	Internal: z.literal(true),
	Attachable: z.literal(false),
	EnableIPv6: z.literal(false),
	Options: z.strictObject({
		"com.docker.network.bridge.inhibit_ipv4": z.literal(BRIDGE_OPTIONS["com.docker.network.bridge.inhibit_ipv4"]),
		"com.docker.network.bridge.gateway_mode_ipv4": z.literal(
			BRIDGE_OPTIONS["com.docker.network.bridge.gateway_mode_ipv4"],
		),
	}),
	Labels: z.record(z.string().regex(/^depin\./), z.string()).refine((labels) => Object.keys(labels).length > 0),
});

const connectSchema = z.strictObject({ Container: z.string().regex(/^[0-9a-f]{64}$/) });

/** As `judgeCreate`, for a network. */
export const judgeNetwork = (bytes: Uint8Array) => judgeBody(networkSchema, "a network", bytes);

/** The container to be connected must be judged by the caller. */
export function judgeConnect(bytes: Uint8Array): { body: string; container: string } | { refused: string } {
	const judged = judgeBody(connectSchema, "a connection", bytes);
	return "refused" in judged
		? judged
		: { ...judged, container: connectSchema.parse(JSON.parse(judged.body)).Container };
}

/**
 * @returns the body to send on, written anew from what was judged, or why it is refused: two parsers that disagree over
 * the bytes that came can then not disagree over these.
 */
export function judgeBody(schema: z.ZodType, what: string, bytes: Uint8Array): { body: string } | { refused: string } {
	let value: unknown;
	try {
		value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
	} catch {
		return { refused: "a body that is not JSON" };
	}
	// dockerode repeats the name, which travels in the query.
	if (typeof value === "object" && value !== null && "name" in value) delete value.name;
	const judged = schema.safeParse(value);
	if (judged.success) return { body: JSON.stringify(judged.data) };
	const [issue] = judged.error.issues;
	return { refused: `${what} whose ${issue?.path.join(".") || "body"} ${issue?.message ?? "is odd"}` };
}
