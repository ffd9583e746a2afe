// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketCore} from "../../interfaces/IMarketCore.sol";
import {IMarketExtension} from "../../interfaces/IMarketExtension.sol";
import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {NodeView} from "../../types/Views.sol";
import {TermsPacker} from "../base/TermsPacker.sol";
import {OrderActs} from "./OrderActs.sol";

/// @notice Everything that happens to a job.
abstract contract JobActs is OrderActs {
    using TermsPacker for Order;

    uint32 private constant NO_JOB = type(uint32).max;

    function claim(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, wanted);
        note("claim", found);
        if (found) claimNow(j, seed);
    }

    function claimNow(uint256 j, uint256 seed) internal {
        (, uint256 which) = nodeFor(seed, j);
        vm.prank(nodes[which].node);
        market.claim(termsOf(j), jobs[j].index);
        if (jobs[j].node != address(0)) done["reclaim"] += 1;
        bookClaim(j, nodes[which].node);
    }

    /// @dev Once, or again at each last second until the beats reach the end of the job's time.
    function beat(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, beatable);
        note("beat", found);
        if (!found) return;
        Order memory order = orders[jobs[j].order].order;
        uint256 end = jobs[j].claimedAt + order.maxRun;
        do {
            beatTwice(j);
            if (draw(seed, "on") % 3 != 0) return;
            skip(jobs[j].deadline - time);
        } while (jobs[j].deadline < end);
    }

    /// @dev Twice is as good as once.
    function beatTwice(uint256 j) private {
        uint32[] memory list = new uint32[](2);
        list[0] = list[1] = jobs[j].index;
        vm.prank(jobs[j].node);
        market.beat(termsOf(j), list);
        jobs[j].deadline = nextDeadline(orders[jobs[j].order].order, jobs[j].claimedAt);
    }

    function stop(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, stoppable);
        note("stop", found);
        if (!found) return;
        Order storage order = orders[jobs[j].order].order;
        vm.prank(order.consumer);
        market.stop(termsOf(j), jobs[j].index);
        uint256 end = jobs[j].claimedAt + order.maxRun;
        jobs[j].stopped = true;
        jobs[j].deadline = time + 600 < end ? time + 600 : end;
    }

    function submit(uint256 seed) public measured {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, submittable);
        note("submit", found);
        if (!found) return;
        // Work a while, up to the very last second.
        uint256 left = jobs[j].deadline - time;
        uint256 work = draw(seed, "work") % 600;
        if (orders[jobs[j].order].order.replicas > 1) skip(work < left ? work / 2 : left / 2);
        else skip(work > left || draw(seed, "last") % 8 == 0 ? left : work);
        (uint8 status, uint256 billed, Result memory result) = anyResult(seed, j);
        vm.prank(jobs[j].node);
        market.submit(termsOf(j), jobs[j].index, result);
        bookSubmitted(j, status, billed, result);
    }

    /// @dev All submitted jobs of one order that the caller may settle, at most three.
    function settle(uint256 seed) external measured {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, settleable);
        bool byConsumer = !found || draw(seed, "accept") % 3 == 0;
        if (!found) (found, j) = find(seed, jobs.length, waiting);
        note("settle", found);
        if (!found) return;
        uint256[] memory list = settleableOf(jobs[j].order, byConsumer);
        vm.prank(byConsumer ? orders[jobs[j].order].order.consumer : pick(accounts, draw(seed, "caller")));
        market.settle(termsOf(j), receiptsOf(list));
        for (uint256 i = 0; i < list.length; ++i) bookPay(list[i]);
    }

    /// @dev Waits until the arbiter of a disputed job has been silent for too long.
    function outlast(uint256 seed) external measured {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, isHeld);
        note("arbiter silent", found);
        if (!found) return;
        if (time < jobs[j].deadline) skip(jobs[j].deadline - time);
        vm.prank(keeper);
        market.settle(termsOf(j), one(jobs[j].receipt));
        bookPay(j);
    }

    function expire(uint256 seed) external measured {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, expirable);
        note("expire", found);
        if (!found) return;
        address caller = pick(accounts, draw(seed, "caller"));
        address consumer_ = orders[jobs[j].order].order.consumer;
        (uint256 before, ) = market.accountOf(consumer_);
        uint32[] memory list = one(jobs[j].index);
        vm.prank(caller);
        market.expire(termsOf(j), list);
        (uint256 afterwards, ) = market.accountOf(consumer_);
        uint256 refunded = free[consumer_];
        bookExpire(j, caller);
        sums.slashToConsumers += afterwards - before - (free[consumer_] - refunded);
    }

    function voidJob(uint256 seed) public measured {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, voidable);
        note("voidJob", found);
        if (!found) return;
        vm.prank(outsider);
        market.voidJob(termsOf(j), jobs[j].receipt);
        bookVoid(j);
    }

    /// @dev A node settles what it can, submits one job and claims the next, all of one order.
    function advance(uint256 seed) external measured {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, submittable);
        note("advance", found);
        if (!found) return;
        address node_ = jobs[j].node;
        uint256[] memory list = settleableOf(jobs[j].order, false);
        (bool more, uint256 next) = nextFor(node_, jobs[j].order);
        (uint8 status, uint256 billed, Result memory result) = anyResult(seed, j);
        vm.prank(node_);
        market.advance(termsOf(j), receiptsOf(list), jobs[j].index, result, more ? jobs[next].index : NO_JOB);
        for (uint256 i = 0; i < list.length; ++i) bookPay(list[i]);
        bookSubmitted(j, status, billed, result);
        if (!more) return;
        bookClaim(next, node_);
        done["advance and claim"] += 1;
    }

    /// @dev A keeper's round in one transaction: settle one order's jobs, expire a late one if there is one.
    function multicallJobs(uint256 seed) external measured {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, willSettle);
        note("multicallJobs", found);
        if (!found) return;
        if (time < jobs[j].deadline) skip(jobs[j].deadline - time);
        uint256[] memory list = settleableOf(jobs[j].order, false);
        (bool late, uint256 k) = find(seed, jobs.length, expirable);
        bytes[] memory calls = new bytes[](late ? 2 : 1);
        calls[0] = abi.encodeCall(IMarketCore.settle, (termsOf(j), receiptsOf(list)));
        if (late) calls[1] = abi.encodeCall(IMarketExtension.expire, (termsOf(k), one(jobs[k].index)));
        vm.prank(keeper);
        market.multicall(calls);
        for (uint256 i = 0; i < list.length; ++i) bookPay(list[i]);
        if (late) bookExpire(k, keeper);
    }

    // ---- inside ----

    /// @dev Any status the job allows, half of the time ok; times and seconds anywhere within what is honest.
    function anyResult(
        uint256 seed,
        uint256 j
    ) internal view returns (uint8 status, uint256 billed, Result memory result) {
        JobGhost storage job = jobs[j];
        status = draw(seed, "ok") % 2 == 0 ? Status.OK : uint8(within(draw(seed, "status"), 1, 6));
        if (job.stopped) status = Status.STOPPED;
        else if (status == Status.STOPPED) status = Status.TIMEOUT;
        if (orders[job.order].order.replicas > 1) status = Status.INPUT_UNAVAILABLE; // the rest is sealed
        if (status >= Status.BAD_SPEC && time > job.claimedAt + 600) status = Status.TIMEOUT;
        uint256 started = within(draw(seed, "started"), job.claimedAt, time);
        uint256 finished = within(draw(seed, "finished"), started, time);
        billed = draw(seed, "all") % 3 == 0 ? time - job.claimedAt : draw(seed, "billed") % (time - job.claimedAt + 1);
        result = resultAt(status, uint32(started), uint32(finished), uint32(billed));
    }

    function bookSubmitted(uint256 j, uint8 status, uint256 billed, Result memory result) internal {
        bytes32 digest = market.digestOf(termsOf(j), jobs[j].index, jobs[j].node, result);
        bookSubmit(j, status, billed, digest);
        jobs[j].result = result;
        if (status >= Status.BAD_SPEC) done["order at fault"] += 1;
        if (status == Status.STOPPED) done["stopped result"] += 1;
    }

    function settleableOf(uint256 o, bool byConsumer) internal view returns (uint256[] memory list) {
        list = new uint256[](3);
        uint256 length;
        for (uint256 j = 0; j < jobs.length && length < 3; ++j) {
            if (jobs[j].order != o) continue;
            if (byConsumer ? waiting(j) : settleable(j)) list[length++] = j;
        }
        assembly ("memory-safe") {
            mstore(list, length)
        }
    }

    function receiptsOf(uint256[] memory list) internal view returns (Receipt[] memory receipts) {
        receipts = new Receipt[](list.length);
        for (uint256 i = 0; i < list.length; ++i) receipts[i] = jobs[list[i]].receipt;
    }

    function nextFor(address node_, uint256 o) internal view returns (bool, uint256) {
        for (uint256 j = 0; j < jobs.length; ++j) {
            if (jobs[j].order == o && claimable(j) && fits(nodeIndex[node_] - 1, j)) return (true, j);
        }
        return (false, 0);
    }

    function nodeFor(uint256 seed, uint256 j) internal view returns (bool, uint256) {
        for (uint256 i = 0; i < nodes.length; ++i) {
            uint256 which = ((seed % nodes.length) + i) % nodes.length;
            if (fits(which, j)) return (true, which);
        }
        return (false, 0);
    }

    /// @dev Whether the node may take the job now. Reads the market: only guides, checks nothing.
    function fits(uint256 which, uint256 j) internal view returns (bool) {
        OrderGhost storage o = orders[jobs[j].order];
        NodeGhost storage n = nodes[which];
        if (ownerRunsSibling(n.owner, j)) return false;
        if (n.status != NodeStatus.ACTIVE || n.class != o.order.class || jobs[j].node == n.node) return false;
        NodeView memory v = market.nodeOf(n.node);
        if (v.open >= v.maxOpen || v.activatedAt >= o.postedAt) return false;
        if (v.stake - v.unbonding - v.locked < o.order.bond) return false;
        return market.eligibleAt(termsOf(j), jobs[j].index, n.node) <= time;
    }

    function ownerRunsSibling(address owner_, uint256 j) internal view returns (bool) {
        uint256 replicas = orders[jobs[j].order].order.replicas;
        for (uint256 k = 0; k < jobs.length; ++k) {
            if (jobs[k].order != jobs[j].order || jobs[k].state != JobState.RUNNING) continue;
            if (jobs[k].index / replicas == jobs[j].index / replicas && ghostOf(jobs[k].node).owner == owner_) {
                return true;
            }
        }
        return false;
    }

    // ---- which jobs ----

    function claimable(uint256 j) internal view returns (bool) {
        OrderGhost storage o = orders[jobs[j].order];
        return jobs[j].state == JobState.OPEN && time <= o.postedAt + o.order.openFor && time >= pausedUntil;
    }

    function wanted(uint256 j) internal view returns (bool able) {
        if (claimable(j)) (able, ) = nodeFor(0, j);
    }

    function inTime(uint256 j) internal view returns (bool) {
        return jobs[j].state == JobState.RUNNING && time <= jobs[j].deadline;
    }

    /// @dev Replicas are sealed; only a hand-back goes by submit.
    function submittable(uint256 j) internal view returns (bool) {
        return inTime(j) && (orders[jobs[j].order].order.replicas == 1 || time <= jobs[j].claimedAt + 30);
    }

    function beatable(uint256 j) internal view returns (bool) {
        return inTime(j) && !jobs[j].stopped && orders[jobs[j].order].order.beatEvery > 0;
    }

    function stoppable(uint256 j) internal view returns (bool) {
        return inTime(j) && !jobs[j].stopped;
    }

    function waiting(uint256 j) internal view returns (bool) {
        return submitted(jobs[j].state) && (openDisputes(j) == 0 || time >= jobs[j].deadline);
    }

    function openDisputes(uint256 j) internal view returns (uint256 count) {
        for (uint256 d = 0; d < disputes.length; ++d) {
            if (disputes[d].open && disputes[d].job == j && sameReceipt(d)) ++count;
        }
    }

    /// @dev Whether the dispute's job still awaits its verdict.
    function sameReceipt(uint256 d) internal view returns (bool) {
        JobGhost storage job = jobs[disputes[d].job];
        return submitted(job.state) && job.receipt.digest == disputes[d].receipt.digest;
    }

    function isHeld(uint256 j) private view returns (bool) {
        return willSettle(j) && openDisputes(j) > 0;
    }

    /// @dev Once its window is over, if not before.
    function willSettle(uint256 j) private view returns (bool) {
        return submitted(jobs[j].state) && ghostOf(jobs[j].node).status != NodeStatus.JAILED;
    }

    function settleable(uint256 j) internal view returns (bool) {
        return willSettle(j) && time >= jobs[j].deadline;
    }

    function expirable(uint256 j) internal view returns (bool) {
        if (jobs[j].state != JobState.RUNNING) return false;
        return time > jobs[j].deadline || ghostOf(jobs[j].node).status == NodeStatus.JAILED;
    }

    function voidable(uint256 j) internal view returns (bool) {
        return submitted(jobs[j].state) && ghostOf(jobs[j].node).status == NodeStatus.JAILED;
    }
}
