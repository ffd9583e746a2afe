import { getNode } from "../../actions/getNode.ts";
import { listNodes } from "../../actions/listNodes.ts";
import type { CommandModule } from "../commandModule.ts";
import { UsageError } from "../errors.ts";
import { table } from "../output.ts";
import { openSession } from "../session.ts";
import { addressOf } from "./balance.ts";

type Options = { class?: string; owner?: string; all?: boolean };

export const ls: CommandModule<Options> = {
	usage: "ls",
	summary: "the nodes that may claim jobs, from the chain: whose they are, their stake, what they have in hand",
	examples: ["depin node ls", "depin node ls --class 1 --json", "depin node ls --owner 0x7099…79C8 --all"],
	options: [
		["--class <n>", "only this hardware class"],
		["--owner <address>", "only this provider's"],
		["-a, --all", "also suspended, jailed and retired ones"],
	],
	run: async (context, _args, { class: wanted, owner, all = false }) => {
		if (wanted !== undefined && !/^\d{1,5}$/.test(wanted))
			throw new UsageError("--class must be the number of a hardware class");
		const session = await openSession(context);
		const { client, amount } = session;
		const addresses = await listNodes(client, owner === undefined ? {} : { owner: addressOf(owner) });
		const nodes = await Promise.all(
			[...new Set(addresses)].map(async (node) => ({ node, ...(await getNode(client, { node })) })),
		);
		const shown = nodes.filter(
			(node) => (all || node.status === "active") && (wanted === undefined || node.class === Number(wanted)),
		);
		const rows = shown.map(({ node, owner: of, class: index, status, stake, locked, open, maxOpen }) => {
			return { node, owner: of, class: index, status, stake, locked, open, maxOpen };
		});
		context.out.answer(
			{ nodes: rows },
			rows.length === 0
				? [all ? "no node is registered" : "no node is active; --all lists the others"]
				: table([
						["NODE", "CLASS", "STATUS", "STAKE", "LOCKED", "JOBS", "OWNER"],
						...rows.map((row) => [
							row.node,
							String(row.class),
							row.status,
							amount(row.stake),
							amount(row.locked),
							`${row.open} of ${row.maxOpen}`,
							row.owner,
						]),
					]),
		);
	},
};
