// The panel that judges: who was drawn, who voted what.
import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import {
	Concluded,
	JurorDrawn,
	PanelOpened,
	PanelSeated,
	VoteCommitted,
	VoteRevealed,
} from "../generated/Panel/Panel";
import { Juror, Panel } from "../generated/schema";
import { aboutDispute, challengeRow } from "./disputes";
import { verdictName } from "./pure";
import { keep, sequence } from "./timeline";

export function onPanelOpened(event: PanelOpened): void {
	keep(event, "PanelOpened", aboutDispute(challengeRow(event.params.dispute), null));
	const row = new Panel(panelId(event.params.dispute, event.params.round));
	row.challenge = event.params.dispute;
	row.round = event.params.round;
	row.class_ = event.params.class_;
	row.openedAt = event.block.timestamp;
	row.rosterLength = event.params.rosterLength;
	row.beaconRound = event.params.beaconRound;
	row.fee = event.params.fee;
	row.committed = 0;
	row.revealed = 0;
	row.openTx = event.transaction.hash;
	row.save();
}

export function onJurorDrawn(event: JurorDrawn): void {
	const subject = aboutDispute(challengeRow(event.params.dispute), event.params.node);
	subject.account = event.params.owner;
	keep(event, "JurorDrawn", subject);
	const panel = panelId(event.params.dispute, event.params.round);
	const row = new Juror(panel + "/" + event.params.node.toHexString());
	row.panel = panel;
	row.node = event.params.node;
	row.owner = event.params.owner;
	row.sequence = sequence(event);
	row.save();
}

export function onPanelSeated(event: PanelSeated): void {
	keep(event, "PanelSeated", aboutDispute(challengeRow(event.params.dispute), null));
	const row = panelRow(event.params.dispute, event.params.round);
	row.seated = event.params.jurors;
	row.dataBy = event.params.dataBy;
	row.commitBy = event.params.commitBy;
	row.revealFrom = event.params.commitBy.plus(BigInt.fromI32(1));
	row.save();
}

export function onVoteCommitted(event: VoteCommitted): void {
	keep(event, "VoteCommitted", aboutDispute(challengeRow(event.params.dispute), event.params.node));
	const panel = panelRow(event.params.dispute, event.params.round);
	const row = jurorRow(panel, event.params.node);
	row.commitment = event.params.commitment;
	row.committedAt = event.block.timestamp;
	row.save();
	panel.committed += 1;
	const seated = panel.seated;
	// The last one opens the reveal.
	if (seated !== null && seated.equals(BigInt.fromI32(panel.committed))) panel.revealFrom = event.block.timestamp;
	panel.save();
}

export function onVoteRevealed(event: VoteRevealed): void {
	keep(event, "VoteRevealed", aboutDispute(challengeRow(event.params.dispute), event.params.node));
	const panel = panelRow(event.params.dispute, event.params.round);
	const row = jurorRow(panel, event.params.node);
	row.vote = verdictName(event.params.vote);
	row.digest = event.params.digest;
	row.revealedAt = event.block.timestamp;
	row.save();
	panel.revealed += 1;
	panel.save();
}

export function onConcluded(event: Concluded): void {
	keep(event, "Concluded", aboutDispute(challengeRow(event.params.dispute), null));
	const row = panelRow(event.params.dispute, event.params.round);
	row.verdict = verdictName(event.params.verdict);
	row.save();
}

function panelId(dispute: Bytes, round: i32): string {
	return dispute.toHexString() + "/" + round.toString();
}

function panelRow(dispute: Bytes, round: i32): Panel {
	const row = Panel.load(panelId(dispute, round));
	assert(row !== null, "panel " + panelId(dispute, round) + " appears in an event but was never opened");
	return row as Panel;
}

function jurorRow(panel: Panel, node: Bytes): Juror {
	const row = Juror.load(panel.id + "/" + node.toHexString());
	assert(row !== null, "juror " + node.toHexString() + " votes but was never drawn");
	return row as Juror;
}
