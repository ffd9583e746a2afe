import { useQuery } from "@tanstack/react-query";
import type { JobRef } from "depin";
import { type GetPanelReturnType, getPanel, getPanelConfig, type PanelSeat } from "depin/actions";
import { formatTime, useAmount } from "../app/format.ts";
import { useMarket } from "../chain/market.ts";
import { Badge } from "../design/Badge.tsx";
import { Facts } from "../design/Facts.tsx";
import { Hash } from "../design/Hash.tsx";
import { Section } from "../design/Section.tsx";
import { Appeal } from "./Appeal.tsx";
import { type Dispute, verdictMeans } from "./disputes.ts";

const AGAIN_MS = 3_000;

/** Who doubted the result, what each juror says, and how it ended. */
export function Disputes({ of, disputes }: { of: JobRef; disputes: readonly Dispute[] }) {
	return disputes.map((dispute) => <OneDispute key={dispute.id} of={of} dispute={dispute} />);
}

function OneDispute({
	of,
	dispute: { id, arbiter, challenger, task, withheld, bond, deadline, verdict },
}: {
	of: JobRef;
	dispute: Dispute;
}) {
	const amount = useAmount();
	const { rounds, appealBy } = usePanel(id, arbiter, verdict === undefined);
	return (
		<Section
			title="Dispute"
			aside={
				<Badge
					tone={verdict === undefined ? "active" : verdict === "invalid" || verdict === "unavailable" ? "bad" : "good"}
				>
					{verdict ?? "open"}
				</Badge>
			}
		>
			<div className="grid gap-4">
				<Facts
					of={[
						["Doubted", `task ${task}: ${withheld ? "its result cannot be had" : "its result is wrong"}`],
						["By", <Hash key="by" value={challenger} kind="address" />],
						["Bond", amount(bond)],
						["Verdict", verdict === undefined ? undefined : verdictMeans[verdict]],
						["At the latest", verdict === undefined ? `${formatTime(deadline)}; then the node is paid` : undefined],
					]}
				/>
				{rounds.map((round) => (
					<Round key={round.round} of={round} />
				))}
				{verdict === undefined && appealBy !== undefined && <Appeal of={of} dispute={id} until={appealBy} />}
			</div>
		</Section>
	);
}

function Round({ of: { round, wanted, commitBy, seats, verdict } }: { of: GetPanelReturnType }) {
	const name = round === 0 ? "Jurors" : "Appeal";
	if (commitBy === 0)
		return (
			<p className="text-muted">
				{name}: {wanted} are being drawn by lot from the nodes of the class.
			</p>
		);
	return (
		<div className="grid gap-1">
			<p className="font-medium">
				{name}: {seats.length} drawn by lot, each runs the task again by itself
			</p>
			<ul>
				{seats.map((seat) => (
					<li key={seat.node} className="flex flex-wrap justify-between gap-x-4 border-t border-line py-1.5">
						<Hash value={seat.node} kind="address" />
						<span className="text-small text-muted">{seatWords(seat)}</span>
					</li>
				))}
			</ul>
			<p className="text-small text-muted">Together, as it stands: {verdictMeans[verdict]}.</p>
		</div>
	);
}

function seatWords({ committed, revealed, vote }: PanelSeat): string {
	if (!revealed) return committed ? "vote sealed" : "runs the task, has not voted";
	return vote === "inconclusive" ? "could not tell" : `says ${vote}`;
}

type Panel = {
	/** The first jurors and, once appealed, the others; none when another kind of arbiter decides. */
	rounds: readonly GetPanelReturnType[];
	/** Until when the first jurors' answer may be appealed; undefined before they are done, and after. Unix seconds. */
	appealBy?: number | undefined;
};

function usePanel(dispute: Dispute["id"], arbiter: Dispute["arbiter"], open: boolean): Panel {
	const market = useMarket();
	const { data } = useQuery({
		queryKey: ["chain", "panel", dispute],
		refetchInterval: open ? AGAIN_MS : false,
		retry: false,
		async queryFn(): Promise<Panel> {
			const last = await getPanel(market, { dispute, arbiter });
			if (last.round > 0) return { rounds: [await getPanel(market, { dispute, arbiter, round: 0 }), last] };
			const [{ appealFor }, { timestamp }] = await Promise.all([
				getPanelConfig(market, { arbiter }),
				market.getBlock(),
			]);
			const [ended, until] = [last.endedAt, last.endedAt + appealFor];
			const appealable = !last.concluded && ended !== 0 && ended <= timestamp && timestamp < until;
			return { rounds: [last], appealBy: appealable ? until : undefined };
		},
	});
	return data ?? { rounds: [] };
}
