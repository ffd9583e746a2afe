// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {PanelView, Seat} from "../../interfaces/IPanelArbiter.sol";
import {LeafProof, Verdict} from "../../types/Dispute.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Log} from "../base/Vm.sol";
import {PanelGhost} from "./PanelGhost.sol";

/// @notice Challengers, jurors and passers-by around panels, honest and not, in any order. An act that should go through must;
/// what a rule forbids is tried too and must be refused.
contract PanelHandler is PanelGhost {
    function acts() external pure returns (bytes4[] memory list) {
        bytes4[29] memory all = [
            this.work.selector,
            this.challengeAny.selector,
            this.challengeAny.selector,
            this.challengeAny.selector,
            this.drawJurors.selector,
            this.drawJurors.selector,
            this.drawJurors.selector,
            this.drawJurors.selector,
            this.castVote.selector,
            this.castVote.selector,
            this.castVote.selector,
            this.castVote.selector,
            this.castVote.selector,
            this.castVote.selector,
            this.openVote.selector,
            this.openVote.selector,
            this.openVote.selector,
            this.openVote.selector,
            this.appealAny.selector,
            this.appealAny.selector,
            this.concludeAny.selector,
            this.concludeAny.selector,
            this.settleLate.selector,
            this.reclaimAny.selector,
            this.comeOrGo.selector,
            this.comeOrGo.selector,
            this.comeOrGo.selector,
            this.meddle.selector,
            this.passTime.selector
        ];
        list = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) list[i] = all[i];
    }

    // ---- the market around the panels ----

    function work(uint256 seed) external watched {
        vm.warp(time);
        if (works.length < MOST_WORKS) submitOne(seed);
    }

    /// @dev Nobody told the verdict in time.
    function settleLate(uint256 seed) external watched {
        vm.warp(time);
        (bool found, uint256 w) = find(seed, works.length, isHeld);
        if (!found) return;
        uint256 deadline = market.jobOf(termsOf(w), 0).deadline;
        if (time < deadline) {
            if (draw(seed, "patience") % 8 != 0) return;
            skip(deadline - time);
        }
        endWork(w);
        reached["arbiter silent"] += 1;
    }

    function comeOrGo(uint256 seed) external watched {
        vm.warp(time);
        address member = members[draw(seed, "member") % members.length];
        NodeStatus status = market.nodeOf(member).status;
        address owner_ = market.nodeOf(member).owner;
        if (status == NodeStatus.SUSPENDED && freeOf(owner_) >= 5e6) {
            vm.prank(owner_);
            market.addStake(member, 5e6);
            reached["came back"] += 1;
        } else if (status == NodeStatus.ACTIVE && market.classOf(CLASS).owners > (seed % 5 == 0 ? 4 : 8)) {
            vm.prank(owner_);
            market.retire(member);
            reached["retired"] += 1;
        } else if (members.length < 20) {
            fund(owner_, MIN_STAKE + 2e6);
            enrol(owner_, 0x9000 + members.length);
            reached["joined"] += 1;
        }
    }

    function passTime(uint256 seed) external watched {
        skip(draw(seed, "long") % 4 == 0 ? seed % 20_000 : seed % 600);
    }

    // ---- disputes ----

    function challengeAny(uint256 seed) external watched {
        vm.warp(time);
        (bool found, uint256 w) = find(seed, works.length, isSubmitted);
        if (!found || trials.length == MOST_TRIALS) return;
        LeafProof memory proof = proofOf(uint64(draw(seed, "leaf") % 2));
        if (draw(seed, "withheld") % 3 == 0) {
            (proof.withheld, proof.outputDigest, proof.resultProof) = (true, 0, new bytes32[](0));
        }
        address caller = anyone(draw(seed, "caller"), w);
        bytes memory call = abi.encodeCall(market.challenge, (termsOf(w), works[w].receipt, works[w].result, proof));
        bool able = freeOf(caller) >= BOND && market.classOf(CLASS).owners >= 4;
        if (!able || !mayChallenge(w, proof)) return refused(caller, address(market), call, "challenge");
        vm.prank(caller);
        bytes32 id_ = market.challenge(termsOf(w), works[w].receipt, works[w].result, proof);
        file(id_, w, proof, caller);
        trials[trials.length - 1].truth = Verdict(draw(seed, "truth") % 4);
        if (openTrials(w) > 1) reached["several at once"] += 1;
    }

    function drawJurors(uint256 seed) external watched {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, trials.length, isUnseated);
        if (!found) return;
        Trial storage t = trials[which];
        uint256 from = t.frozen[t.round].since + DRAW_DELAY;
        if (time < from) {
            refused(keeper, address(panel), abi.encodeCall(panel.draw, (t.id, "")), "draw before the beacon");
            skip(from - time);
        }
        vm.prank(keeper);
        panel.draw(t.id, "");
        PanelView memory p = panel.panelOf(t.id, t.round);
        if (p.commitBy == 0) return;
        reached[p.drawn.length == p.seats ? bytes32("full panel") : bytes32("short panel")] += 1;
    }

    /// @dev All jurors of a panel one after the other, or at times one alone.
    function castVote(uint256 seed) external watched {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, trials.length, isVoting);
        if (!found) return;
        Seat[] memory drawn = panel.panelOf(trials[which].id, trials[which].round).drawn;
        for (uint256 i = 0; i < drawn.length; ++i) {
            castOne(trials[which], drawn[((seed % drawn.length) + i) % drawn.length].node, seed);
            if (draw(seed, "alone") % 4 == 0) return;
        }
    }

    function openVote(uint256 seed) external watched {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, trials.length, isOpening);
        if (!found) return;
        PanelView memory p = panel.panelOf(trials[which].id, trials[which].round);
        if (time < p.revealFrom) {
            if (draw(seed, "patience") % 4 != 0) return;
            skip(p.revealFrom - time);
        }
        for (uint256 i = 0; i < p.drawn.length; ++i) {
            openOne(trials[which], p, p.drawn[((seed % p.drawn.length) + i) % p.drawn.length].node);
            if (draw(seed, "alone") % 4 == 0) return;
        }
    }

    function appealAny(uint256 seed) external watched {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, trials.length, isAppealable);
        if (!found) return;
        Trial storage t = trials[which];
        uint256 ended = panel.panelOf(t.id, 0).endedAt;
        if (time < ended) {
            if (draw(seed, "patience") % 3 != 0) return;
            skip(ended - time);
        }
        address caller = anyone(draw(seed, "caller"), t.work);
        bool able = time < ended + APPEAL_FOR && freeOf(caller) >= APPEAL_BOND && market.classOf(CLASS).owners >= 8;
        bytes memory call = abi.encodeCall(market.appeal, (termsOf(t.work), works[t.work].receipt, t.id));
        if (!able) return refused(caller, address(market), call, "appeal");
        vm.prank(caller);
        market.appeal(termsOf(t.work), works[t.work].receipt, t.id);
        (t.appellant, t.round, t.bonds) = (caller, 1, BOND + APPEAL_BOND);
        freeze(t, 1);
        refused(challenger, address(market), call, "appeal twice");
        reached["appeal"] += 1;
    }

    function concludeAny(uint256 seed) external watched {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, trials.length, isSeated);
        if (!found) return;
        uint256 from = finalAt(trials[which]);
        if (time < from) {
            bool voted = from - time <= APPEAL_FOR;
            if (draw(seed, "patience") % (voted ? 2 : 12) != 0) return;
            skip(from - time);
        }
        concludeNow(which);
    }

    function reclaimAny(uint256 seed) external watched {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, trials.length, isLapsed);
        if (found) reclaimNow(which);
    }

    /// @dev What nobody may do, whatever came before.
    function meddle(uint256 seed) external watched {
        vm.warp(time);
        if (trials.length == 0) return;
        Trial storage t = trials[seed % trials.length];
        (address p, address m) = (address(panel), address(market));
        address who = anyone(draw(seed, "who"), t.work);
        bytes memory terms = abi.encode(termsOf(t.work), works[t.work].receipt, t.id);
        refused(who, p, abi.encodeCall(panel.onChallenge, (t.id, termsOf(t.work), node, who)), "onChallenge");
        refused(who, p, abi.encodeCall(panel.onAppeal, (t.id, termsOf(t.work), who)), "onAppeal");
        refused(who, p, abi.encodeCall(panel.bind, ()), "bind");
        if (!isJuror(t, who)) refused(who, p, abi.encodeCall(panel.vote, (t.id, "mine")), "vote undrawn");
        if (!t.open || isLapsedTrial(t)) {
            refused(who, p, bytes.concat(panel.conclude.selector, terms), "conclude what is over");
            if (!t.open) refused(who, m, bytes.concat(market.reclaim.selector, terms), "reclaim twice");
        } else {
            refused(who, m, bytes.concat(market.reclaim.selector, terms), "reclaim from a live job");
            if (panel.panelOf(t.id, t.round).commitBy != 0) {
                refused(who, p, abi.encodeCall(panel.draw, (t.id, "")), "draw again");
                if (time < finalAt(t)) refused(who, p, bytes.concat(panel.conclude.selector, terms), "conclude early");
            }
        }
    }

    // ---- the end ----

    /// @notice A passer-by brings every dispute and every job to its end.
    function endAll() external {
        vm.warp(time);
        for (uint256 which = 0; which < trials.length; ++which) {
            Trial storage t = trials[which];
            if (!t.open) continue;
            if (!isLapsedTrial(t)) driveOn(t);
            if (isLapsedTrial(t)) reclaimNow(which);
            else concludeNow(which);
        }
        skip(2 days + 4 days);
        for (uint256 w = 0; w < works.length; ++w) if (isSubmitted(w)) endWork(w);
    }

    /// @dev Calls that anyone may make, each as often as it takes and no more.
    function driveOn(Trial storage t) private {
        uint256 from = t.frozen[t.round].since + DRAW_DELAY;
        if (time < from) skip(from - time);
        // 64 + 8 x length places, 48 a call.
        uint256 most = (64 + 8 * t.frozen[t.round].length) / 48 + 1;
        for (uint256 i = 0; panel.panelOf(t.id, t.round).commitBy == 0; ++i) {
            vm.assertTrue(i < most, "14: drawing ends");
            vm.prank(keeper);
            panel.draw(t.id, "");
        }
        if (time < finalAt(t)) skip(finalAt(t) - time);
    }

    function castOne(Trial storage t, address juror, uint256 seed) private {
        PanelView memory p = panel.panelOf(t.id, t.round);
        Slip storage slip = slips[t.id][t.round][juror];
        bytes memory again = abi.encodeCall(panel.vote, (t.id, "again"));
        if (slip.commitment != 0) return refused(juror, address(panel), again, "vote twice");
        uint256 mood = draw(uint256(uint160(juror)), keccak256(abi.encode(t.id, t.round))) % 12; // as lazy in each of its turns
        if (mood == 0) return;
        (Verdict say, bytes32 digest) = opinionOf(t, juror, mood);
        // Only a fool votes that the data is missing before it was due.
        if (say == Verdict.UNAVAILABLE && time < p.dataBy && mood > 2) skip(p.dataBy - time);
        if (time > p.commitBy) return refused(juror, address(panel), again, "vote late");
        slip.vote = say;
        slip.digest = digest;
        slip.since = time;
        slip.salt = bytes32(seed);
        slip.commitment = keccak256(abi.encode(t.id, t.round, juror, say, digest, bytes32(seed)));
        vm.prank(juror);
        panel.vote(t.id, slip.commitment);
    }

    function openOne(Trial storage t, PanelView memory p, address juror) private {
        Slip storage slip = slips[t.id][t.round][juror];
        bytes memory call = abi.encodeCall(panel.reveal, (t.id, slip.vote, slip.digest, slip.salt));
        refused(keeper, address(panel), call, "reveal another's");
        bool early = slip.vote == Verdict.UNAVAILABLE && slip.since < p.dataBy;
        if (slip.commitment != 0 && !slip.revealed && early) reached["missing before it was due"] += 1;
        if (slip.commitment == 0 || slip.revealed || early || time > p.revealBy) {
            return refused(juror, address(panel), call, "reveal nothing, twice, late, or what was not due");
        }
        slip.revealed = true;
        vm.prank(juror);
        panel.reveal(t.id, slip.vote, slip.digest, slip.salt);
    }

    function concludeNow(uint256 which) private {
        Trial storage t = trials[which];
        Verdict expected = verdictOf(t, t.round);
        vm.recordLogs();
        vm.prank(keeper);
        panel.conclude(termsOf(t.work), works[t.work].receipt, t.id);
        Log[] memory logs = vm.getRecordedLogs();
        t.open = false;
        t.bonds = 0;
        reached[[bytes32("inconclusive"), "valid", "invalid", "unavailable"][uint256(expected)]] += 1;
        if (t.round == 1) {
            reached[expected == verdictOf(t, 0) ? bytes32("appeal lost") : bytes32("appeal won")] += 1;
        }
        checkRuling(t, expected, logs);
    }

    function reclaimNow(uint256 which) private {
        Trial storage t = trials[which];
        vm.prank(keeper);
        market.reclaim(termsOf(t.work), works[t.work].receipt, t.id);
        t.open = false;
        t.bonds = 0;
        reached["reclaim"] += 1;
    }

    /// @dev Paid by the keeper, or void if the node was jailed elsewhere.
    function endWork(uint256 w) private {
        vm.prank(keeper);
        if (market.nodeOf(works[w].receipt.node).status == NodeStatus.JAILED) {
            market.voidJob(termsOf(w), works[w].receipt);
        } else {
            market.settle(termsOf(w), one(works[w].receipt));
        }
    }

    /// @dev Every seat of both rounds is paid, at fault, or neither, as the votes stand to the verdict.
    function checkRuling(Trial storage t, Verdict expected, Log[] memory logs) private {
        bool convicted = expected == Verdict.UNAVAILABLE;
        uint256 payments;
        uint256 slashes;
        uint256 verdicts;
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == IMarketEvents.JurorPaid.selector) ++payments;
            if (topic == IMarketEvents.NodeSlashed.selector) ++slashes;
            if (topic == IMarketEvents.Resolved.selector) {
                ++verdicts;
                vm.assertEq(
                    abi.decode(logs[i].data, (uint256)),
                    uint256(expected),
                    "the verdict is what the votes say"
                );
            }
        }
        uint256 paid;
        uint256 faulted;
        for (uint8 round = 0; round <= t.round; ++round) {
            Seat[] memory drawn = panel.panelOf(t.id, round).drawn;
            for (uint256 i = 0; i < drawn.length; ++i) {
                Slip storage slip = slips[t.id][round][drawn[i].node];
                if (!slip.revealed) (++faulted, reached["silent juror"] += 1);
                else if (slip.vote == Verdict.INCONCLUSIVE) reached["abstained"] += 1;
                else if (expected == Verdict.INCONCLUSIVE || slip.vote == expected) ++paid;
                else (++faulted, reached["out-voted"] += 1);
            }
        }
        vm.assertEq(verdicts, 1, "a dispute is resolved once");
        vm.assertEq(payments, paid, "who voted with the verdict is paid, once a seat");
        vm.assertEq(slashes, faulted + (convicted ? 1 : 0), "who voted against it or never loses a slice");
        if (expected == Verdict.INVALID) {
            vm.assertEq(uint256(market.jobOf(termsOf(t.work), 0).challenges), 0, "a void job has no challenges");
        }
    }
}
