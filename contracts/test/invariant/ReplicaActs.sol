// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Opening, Seal} from "../../types/Replica.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {TermsPacker} from "../base/TermsPacker.sol";
import {JobActs} from "./JobActs.sol";

/// @notice Nodes that seal right and wrong results, open them or not, and whoever tallies.
abstract contract ReplicaActs is JobActs {
    using TermsPacker for Order;

    function commit(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, committable);
        note("commit", found);
        if (found) commitNow(j, seed);
    }

    /// @dev All of a lot that can be claimed is, and all that runs is sealed: left to chance, quorums are rare.
    function sealLot(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, wantedReplica);
        note("sealLot", found);
        if (!found) return;
        for (uint256 k = 0; k < jobs.length; ++k) {
            if (sameLot(j, k) && wanted(k)) claimNow(k, seed);
        }
        for (uint256 k = 0; k < jobs.length; ++k) {
            if (sameLot(j, k) && committable(k)) commitNow(k, draw(seed, bytes32(k)));
        }
    }

    function commitNow(uint256 j, uint256 seed) private {
        if (time < jobs[j].deadline) skip((draw(seed, "work") % (jobs[j].deadline - time)) / 4);
        JobGhost storage job = jobs[j];
        (, , Result memory result) = anyResult(seed, j);
        uint8 status = draw(seed, "fails") % 6 == 0 ? Status.NONZERO_EXIT : Status.OK;
        if (job.stopped) status = Status.STOPPED;
        uint256 ran = time - job.claimedAt;
        job.billed = draw(seed, "billed") % (ran + 1);
        result.outcome = resultAt(status, uint32(job.claimedAt), uint32(time), uint32(job.billed)).outcome;
        // Most are honest, and honest ones agree; the liars each have their own.
        result.resultRoot = draw(seed, "lies") % 6 == 0 ? keccak256(abi.encode(seed)) : bytes32("right");
        job.result = result;
        job.salt = bytes32(draw(seed, "salt"));
        bytes32 digest = market.digestOf(termsOf(j), job.index, job.node, result);
        job.seal = Seal(
            job.index,
            job.node,
            uint32(job.claimedAt),
            uint32(time),
            job.stopped,
            keccak256(abi.encode(digest, job.salt))
        );
        vm.prank(job.node);
        market.commit(termsOf(j), job.index, job.seal.commitment);
        job.state = JobState.COMMITTED;
        OrderGhost storage o = orders[job.order];
        job.deadline = o.postedAt + o.order.openFor + o.order.maxRun + CHALLENGE_FLOOR;
    }

    function reveal(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, revealable);
        note("reveal", found);
        if (!found) return;
        vm.prank(jobs[j].node);
        market.reveal(termsOf(j), jobs[j].seal, jobs[j].result, jobs[j].salt);
        jobs[j].state = JobState.REVEALED;
    }

    /// @dev Half of the time one seal stays closed, if the time for that has come or may be waited for.
    function tally(uint256 seed) external measured {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, sealedAt);
        note("tally", found);
        if (!found) return;
        bool omits = draw(seed, "omit") % 2 == 0;
        uint256 from = tallyableFrom(j, omits);
        if (time < from) {
            if (draw(seed, "wait") % 2 == 0) return;
            skip(from - time);
        }
        tallyNow(j, omits ? seed : 0, pick(accounts, draw(seed, "caller")));
    }

    // ---- inside ----

    /// @param omit which sealed, never revealed job to leave closed; 0 = none
    function tallyNow(uint256 j, uint256 omit, address caller) internal {
        uint256[] memory list = sealedOf(j);
        Opening[] memory openings = new Opening[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            JobGhost storage job = jobs[list[i]];
            openings[i].seal = job.seal;
            if (omit != 0 && omit % list.length == i && job.state == JobState.COMMITTED) continue;
            (openings[i].opened, openings[i].result, openings[i].salt) = (true, job.result, job.salt);
        }
        vm.prank(caller);
        market.tally(termsOf(j), jobs[j].index / orders[jobs[j].order].order.replicas, openings);
        bookTally(list, openings, caller);
    }

    /// @dev The rules of the tally in plain words: who counts, what wins, who gets what.
    function bookTally(uint256[] memory list, Opening[] memory openings, address caller) private {
        bool[] memory counts = new bool[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            counts[i] = openings[i].opened && ghostOf(jobs[list[i]].node).status != NodeStatus.JAILED;
            for (uint256 k = 0; k < i; ++k) {
                bool sameOwner = ghostOf(jobs[list[i]].node).owner == ghostOf(jobs[list[k]].node).owner;
                if (sameOwner && openings[k].opened) counts[i] = false;
            }
        }
        uint256 quorum = orders[jobs[list[0]].order].order.quorum;
        bool won;
        bytes32 winner;
        for (uint256 i = 0; i < list.length; ++i) {
            uint256 votes;
            for (uint256 k = 0; k < list.length; ++k) if (counts[k] && voteOf(list[k]) == voteOf(list[i])) ++votes;
            if (counts[i] && votes >= quorum) (won, winner) = (true, voteOf(list[i]));
        }
        done[won ? bytes32("quorum") : bytes32("no quorum")] += 1;
        for (uint256 i = 0; i < list.length; ++i) {
            uint256 j = list[i];
            if (!openings[i].opened) {
                bookSilence(j, caller);
                bookVoid(j);
                done["never opened"] += 1;
            } else if (!counts[i] || (won && voteOf(j) != winner)) {
                bookVoid(j);
                done["minority"] += 1;
            } else {
                bookAccepted(j, won);
            }
        }
    }

    function bookAccepted(uint256 j, bool won) private {
        JobGhost storage job = jobs[j];
        OrderGhost storage o = orders[job.order];
        uint8 status = uint8(job.result.outcome >> 128);
        bytes32 digest = market.digestOf(termsOf(j), job.index, job.node, job.result);
        uint256 pay = payOf(o.order, job.claimedAt - o.postedAt, won ? status : Status.NONZERO_EXIT, job.billed);
        job.receipt = Receipt(job.index, job.node, uint96(pay), uint32(time), digest);
        job.state = status == Status.OK ? JobState.SUBMITTED_OK : JobState.SUBMITTED_FAIL;
        job.deadline = time + o.order.challengeFor;
        if (!won) bookPay(j);
    }

    function voteOf(uint256 j) private view returns (bytes32) {
        return keccak256(abi.encode(jobs[j].result.resultRoot, uint8(jobs[j].result.outcome >> 128)));
    }

    /// @dev The sealed jobs of j's lot, in their order.
    function sealedOf(uint256 j) internal view returns (uint256[] memory list) {
        list = new uint256[](7);
        uint256 length;
        for (uint256 k = 0; k < jobs.length; ++k) if (sameLot(j, k) && sealed_(jobs[k].state)) list[length++] = k;
        assembly ("memory-safe") {
            mstore(list, length)
        }
    }

    /// @dev The first second in which the lot may be tallied.
    function tallyableFrom(uint256 j, bool omits) internal view returns (uint256) {
        OrderGhost storage o = orders[jobs[j].order];
        uint256 end = o.postedAt + o.order.openFor + o.order.maxRun;
        uint256 lastSeal;
        bool pending;
        bool absent;
        for (uint256 k = 0; k < jobs.length; ++k) {
            if (!sameLot(j, k)) continue;
            if (sealed_(jobs[k].state)) {
                if (jobs[k].seal.committedAt > lastSeal) lastSeal = jobs[k].seal.committedAt;
                continue;
            }
            absent = true;
            pending = pending || mayBeSealed(k);
        }
        if (!pending && !omits) return time;
        return (absent ? end : lastSeal) + CHALLENGE_FLOOR + 1;
    }

    function mayBeSealed(uint256 k) internal view returns (bool) {
        OrderGhost storage o = orders[jobs[k].order];
        if (jobs[k].state == JobState.OPEN) return time <= o.postedAt + o.order.openFor;
        return jobs[k].state == JobState.RUNNING;
    }

    function sameLot(uint256 j, uint256 k) internal view returns (bool) {
        uint256 replicas = orders[jobs[j].order].order.replicas;
        return jobs[k].order == jobs[j].order && jobs[k].index / replicas == jobs[j].index / replicas;
    }

    // ---- which jobs ----

    function sealed_(JobState state) internal pure returns (bool) {
        return state == JobState.COMMITTED || state == JobState.REVEALED;
    }

    function sealedAt(uint256 j) internal view returns (bool) {
        return sealed_(jobs[j].state);
    }

    function committable(uint256 j) internal view returns (bool) {
        return inTime(j) && orders[jobs[j].order].order.replicas > 1;
    }

    function wantedReplica(uint256 j) internal view returns (bool) {
        return orders[jobs[j].order].order.replicas > 1 && wanted(j);
    }

    function revealable(uint256 j) internal view returns (bool) {
        if (jobs[j].state != JobState.COMMITTED) return false;
        OrderGhost storage o = orders[jobs[j].order];
        if (time > o.postedAt + o.order.openFor + o.order.maxRun) return true;
        for (uint256 k = 0; k < jobs.length; ++k) if (sameLot(j, k) && mayBeSealed(k)) return false;
        return true;
    }
}
