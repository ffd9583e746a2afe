// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Leaf} from "../../libraries/Leaf.sol";
import {LeafProof, Ruling, Verdict} from "../../types/Dispute.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Order} from "../../types/Terms.sol";
import {TermsPacker} from "../base/TermsPacker.sol";
import {ReplicaActs} from "./ReplicaActs.sol";

/// @notice Challengers, appellants, and an arbiter that says anything: right, wrong, twice, or nothing.
abstract contract DisputeActs is ReplicaActs {
    using TermsPacker for Order;

    uint256 private constant MOST_DISPUTES = 30;

    function challenge(uint256 seed) public {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, challengeable);
        found = found && disputes.length < MOST_DISPUTES;
        note("challenge", found);
        if (!found) return;
        address caller = pick(accounts, draw(seed, "caller"));
        uint256 bond = 1e6 + orders[jobs[j].order].order.salt;
        if (free[caller] < bond) return;
        vm.prank(caller);
        bytes32 id = market.challenge(termsOf(j), jobs[j].receipt, jobs[j].result, proofOf(freeLeaf(j)));
        DisputeGhost storage d = disputes.push();
        (d.id, d.job, d.index, d.challenger, d.bond) = (id, j, freeLeaf(j), caller, bond);
        d.receipt = jobs[j].receipt;
        d.open = true;
        if (openDisputes(j) > 1) done["several disputes"] += 1;
        free[caller] -= bond;
        if (jobs[j].deadline < time + 4 days) jobs[j].deadline = time + 4 days;
    }

    function appeal(uint256 seed) public {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, disputes.length, appealable);
        note("appeal", found);
        if (!found) return;
        DisputeGhost storage d = disputes[which];
        address caller = pick(accounts, draw(seed, "caller"));
        uint256 bond = 2e6 + orders[jobs[d.job].order].order.salt;
        if (free[caller] < bond) return;
        vm.prank(caller);
        market.appeal(termsOf(d.job), d.receipt, d.id);
        (d.appellant, d.appealBond) = (caller, bond);
        free[caller] -= bond;
    }

    /// @dev One thing after the other about one job: left to chance, windows are over before anybody doubts.
    function quarrel(uint256 seed) external {
        vm.warp(time);
        (bool found, ) = find(seed, jobs.length, challengeable);
        if (!found) submit(seed);
        challenge(draw(seed, "first"));
        if (draw(seed, "more") % 2 == 0) challenge(draw(seed, "second"));
        if (draw(seed, "unhappy") % 2 == 0) appeal(draw(seed, "third"));
        if (draw(seed, "judged") % 3 != 0) resolve(draw(seed, "fourth"));
        if (draw(seed, "clears up") % 2 == 0) voidJob(draw(seed, "fifth"));
    }

    /// @dev Convicts rarely, or nobody would be left to work.
    function resolve(uint256 seed) public {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, disputes.length, judgeable);
        note("resolve", found);
        if (!found) return;
        Verdict verdict = Verdict(draw(seed, "verdict") % 4);
        // Sooner where the node waits for other results to be paid: those are void then.
        (, uint256 open) = lockedOf(jobs[disputes[which].job].node);
        if (open > 1) verdict = Verdict.INVALID;
        if (verdict == Verdict.INVALID && done["convict"] > 2) verdict = Verdict.UNAVAILABLE;
        Ruling memory ruling = anyRuling(seed, which, verdict);
        uint256 before = accountsWealth();
        market.resolve(termsOf(disputes[which].job), disputes[which].receipt, disputes[which].id, ruling);
        uint256 grown = accountsWealth() - before;
        bookRuling(which, ruling, grown);
    }

    function reclaim(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, disputes.length, reclaimable);
        note("reclaim bond", found);
        if (found) reclaimNow(which);
    }

    function reclaimNow(uint256 which) internal {
        DisputeGhost storage d = disputes[which];
        vm.prank(outsider);
        market.reclaim(termsOf(d.job), d.receipt, d.id);
        d.open = false;
        free[d.challenger] += d.bond;
        if (d.appellant != address(0)) free[d.appellant] += d.appealBond;
    }

    // ---- the rules of a verdict once more ----

    struct Sums {
        uint256 toChallenger;
        uint256 toJurors;
        uint256 toConsumer;
        uint256 toOwner;
        uint256 toPool;
        uint256 slashed;
    }

    function bookRuling(uint256 which, Ruling memory r, uint256 grown) private {
        DisputeGhost storage d = disputes[which];
        Order memory order = orders[jobs[d.job].order].order;
        bool guilty = r.verdict == Verdict.INVALID || r.verdict == Verdict.UNAVAILABLE;
        d.open = false;
        uint256 cost = r.paid.length * r.fee;
        uint256 byAppeal = r.appealWon ? 0 : least(cost, d.appealBond);
        Sums memory s;
        if (r.verdict == Verdict.VALID) done["valid"] += 1;
        if (r.verdict == Verdict.INCONCLUSIVE) done["inconclusive"] += 1;
        if (r.appealWon) done["appeal won"] += 1;
        if (guilty) bookGuilty(d, r, order, s, cost - byAppeal);
        else bookInnocent(d, r, s, cost - byAppeal);
        s.toJurors += byAppeal;
        uint256 each = r.paid.length == 0 ? 0 : s.toJurors / r.paid.length;
        s.toPool += s.toJurors - each * r.paid.length;
        s.toJurors = each * r.paid.length;
        for (uint256 i = 0; i < r.paid.length; ++i) free[ghostOf(r.paid[i]).owner] += each;
        if (r.appealWon) free[d.appellant] += d.appealBond;
        else s.toPool += d.appealBond - byAppeal;
        free[d.challenger] += s.toChallenger;
        free[order.consumer] += s.toConsumer;
        free[ghostOf(jobs[d.job].node).owner] += s.toOwner;
        uint256 paid = s.toChallenger + s.toConsumer + s.toOwner + s.toJurors + (r.appealWon ? d.appealBond : 0);
        sums.released += grown - paid; // what is left is the job's escrow
        sums.verdictIn += s.slashed + d.bond + d.appealBond;
        sums.verdictOut += paid + s.toPool;
        for (uint256 i = 0; i < r.faulted.length; ++i) {
            // No more than of the least stake: who is drawn has not agreed to the bond.
            uint256 slice = (least(order.bond, minStake[order.class]) * LIVENESS_BPS) / 10_000;
            uint256 taken = takeFree(ghostOf(r.faulted[i]), slice);
            if (taken > 0) done["juror slashed"] += 1;
            s.toPool += taken;
            sums.verdictIn += taken;
            sums.verdictOut += taken;
        }
        sums.pool += s.toPool;
        sums.verdictsToPool += s.toPool;
    }

    function bookGuilty(
        DisputeGhost storage d,
        Ruling memory r,
        Order memory order,
        Sums memory s,
        uint256 due
    ) private {
        NodeGhost storage n = ghostOf(jobs[d.job].node);
        bookVoid(d.job);
        uint256 rest;
        if (r.verdict == Verdict.INVALID) {
            s.slashed = n.stake + n.unbonding;
            s.toConsumer = least(escrowOf(order), s.slashed / 10);
            s.toChallenger = (s.slashed * 3) / 10;
            rest = s.slashed - s.toConsumer - s.toChallenger;
            (n.stake, n.unbonding, n.status) = (0, 0, NodeStatus.JAILED);
            done["convict"] += 1;
        } else {
            uint256 slice = (uint256(order.bond) * LIVENESS_BPS) / 10_000;
            rest = s.slashed = takeFree(n, slice > due ? slice : due);
            done["withheld"] += 1;
        }
        uint256 fromStake = least(due, rest);
        uint256 fromBond = least(due - fromStake, d.bond);
        s.toChallenger += d.bond - fromBond;
        s.toJurors = fromStake + fromBond;
        s.toPool = rest - fromStake;
    }

    function bookInnocent(DisputeGhost storage d, Ruling memory r, Sums memory s, uint256 due) private {
        s.toJurors = least(due, d.bond);
        if (r.verdict == Verdict.VALID) s.toOwner = d.bond - s.toJurors;
        else s.toChallenger = d.bond - s.toJurors;
        if (openDisputes(d.job) > 0) return;
        JobGhost storage job = jobs[d.job];
        uint256 window = uint256(job.receipt.submittedAt) + orders[job.order].order.challengeFor;
        uint256 last = window + 4 days + CHALLENGE_FLOOR;
        uint256 reopened = least(time + CHALLENGE_FLOOR, time > last ? time : last);
        job.deadline = window > reopened ? window : reopened;
        done["acquit"] += 1;
    }

    /// @dev As much as no bond of a live job holds, what unbonds last.
    function takeFree(NodeGhost storage n, uint256 amount) private returns (uint256) {
        (uint256 locked, ) = lockedOf(n.node);
        uint256 fromStake = least(amount, n.stake - locked);
        uint256 fromUnbonding = least(amount - fromStake, n.unbonding);
        n.stake -= fromStake;
        n.unbonding -= fromUnbonding;
        if (n.status == NodeStatus.ACTIVE && n.stake < minStake[n.class]) n.status = NodeStatus.SUSPENDED;
        return fromStake + fromUnbonding;
    }

    function anyRuling(uint256 seed, uint256 which, Verdict verdict) private view returns (Ruling memory r) {
        r.verdict = verdict;
        r.appealWon = disputes[which].appellant != address(0) && draw(seed, "won") % 2 == 0;
        r.fee = uint96(draw(seed, "fee") % (draw(seed, "dear") % 4 == 0 ? 40e6 : 500_000));
        r.paid = new address[](draw(seed, "paid") % 5);
        for (uint256 i = 0; i < r.paid.length; ++i) r.paid[i] = nodes[(draw(seed, "juror") + i) % nodes.length].node;
        r.faulted = new address[](draw(seed, "faulted") % 3);
        for (uint256 i = 0; i < r.faulted.length; ++i) {
            r.faulted[i] = nodes[(draw(seed, "lazy") + i) % nodes.length].node;
        }
    }

    function proofOf(uint256 leaf) internal pure returns (LeafProof memory proof) {
        proof.index = uint64(leaf);
        proof.withheld = true;
        proof.specDigest = specOf(leaf);
        proof.taskProof = new bytes32[](1);
        proof.taskProof[0] = Leaf.task(1 - leaf, specOf(1 - leaf));
    }

    function least(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function accountsWealth() private view returns (uint256 sum) {
        for (uint256 a = 0; a < accounts.length; ++a) {
            (uint256 free_, uint256 fees_) = market.accountOf(accounts[a]);
            sum += free_ + fees_;
        }
    }

    // ---- which jobs and disputes ----

    function challengeable(uint256 j) internal view returns (bool) {
        if (!submitted(jobs[j].state) || freeLeaf(j) > 1) return false;
        if (openDisputes(j) == 0) return time < jobs[j].deadline;
        uint256 window = uint256(jobs[j].receipt.submittedAt) + orders[jobs[j].order].order.challengeFor;
        return time < window + 4 days + CHALLENGE_FLOOR;
    }

    /// @dev A provable task of the job that nobody disputes; 2 = none.
    function freeLeaf(uint256 j) internal view returns (uint256) {
        Order storage order = orders[jobs[j].order].order;
        uint256 lot = jobs[j].index / order.replicas;
        for (uint256 leaf = 0; leaf < 2; ++leaf) {
            if (
                leaf / order.tasksPerLot == lot &&
                leaf < uint256(order.tasksPerLot) * order.lots &&
                !isDisputed(j, leaf)
            ) {
                return leaf;
            }
        }
        return 2;
    }

    function isDisputed(uint256 j, uint256 leaf) private view returns (bool) {
        for (uint256 d = 0; d < disputes.length; ++d) {
            if (disputes[d].open && disputes[d].job == j && disputes[d].index == leaf && sameReceipt(d)) return true;
        }
        return false;
    }

    function judgeable(uint256 d) internal view returns (bool) {
        return disputes[d].open && sameReceipt(d);
    }

    function appealable(uint256 d) internal view returns (bool) {
        return judgeable(d) && disputes[d].appellant == address(0);
    }

    function reclaimable(uint256 d) internal view returns (bool) {
        return disputes[d].open && !sameReceipt(d);
    }
}
