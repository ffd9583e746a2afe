// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Leaf} from "../../libraries/Leaf.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Order} from "../../types/Terms.sol";
import {TermsPacker} from "../base/TermsPacker.sol";
import {RegistryActs} from "./RegistryActs.sol";

/// @notice Posting orders of every shape, and closing them.
abstract contract OrderActs is RegistryActs {
    using TermsPacker for Order;

    uint256 internal constant MOST_ORDERS = 50;
    uint256 internal pausedUntil;
    uint256 internal feeBps = 200;
    uint256 internal minBondBps = 1_000;
    uint256 internal minJobEscrow = 1_000;

    function post(uint256 seed) external {
        vm.warp(time);
        Order memory order = anyOrder(seed);
        bool able =
            orders.length < MOST_ORDERS &&
                time >= pausedUntil &&
                free[order.consumer] >= escrowOf(order) * jobsOf(order);
        note("post", able);
        if (!able) return;
        bytes32 id = post(order);
        bookPost(order, id);
    }

    function close(uint256 seed) external measured {
        vm.warp(time);
        (bool found, uint256 o) = find(seed, orders.length, closable);
        note("close", found);
        if (!found) return;
        Order memory order = orders[o].order;
        bool late = time > orders[o].postedAt + order.openFor;
        // Whoever works on a replica keeps the others.
        if (!late && order.replicas > 1 && orders[o].unclaimed < jobsOf(order)) return note("close", false);
        vm.prank(late ? outsider : order.consumer);
        market.close(order.pack());
        bookClose(o);
    }

    function anyOrder(uint256 seed) internal view returns (Order memory order) {
        order = someOrder();
        order.consumer = pick(consumers, seed);
        order.salt = uint96(orders.length + 1);
        order.lots = uint32(within(draw(seed, "lots"), 0, 4));
        if (order.lots == 0) order.lots = 1; // singles twice as often
        order.tasksPerLot = uint32(within(draw(seed, "tasks"), 1, 50));
        if (draw(seed, "replicas") % 3 == 0) {
            order.lots = order.lots > 2 ? 2 : order.lots;
            order.replicas = uint8(within(draw(seed, "replicas"), 2, 4));
            order.quorum = order.replicas / 2 + 1;
        }
        order.taskRoot = taskRoot();
        order.metered = draw(seed, "metered") % 3 == 0;
        order.challengeFor = uint32(within(draw(seed, "challengeFor"), CHALLENGE_FLOOR, 3_000));
        order.maxRun = uint32(within(draw(seed, "maxRun"), 600, 7_200));
        order.postBy = uint32(time + within(draw(seed, "postBy"), 0, 20_000));
        order.openFor = uint32(within(draw(seed, "openFor"), 1_000, 40_000));
        order.beatEvery = draw(seed, "beat") % 2 == 0 ? 0 : uint32(within(draw(seed, "beatEvery"), 1, 900));
        order.maxPrice = uint96(within(draw(seed, "price"), 1_000, order.metered ? 5_003 : 20_000_003));
        order.startPrice = order.maxPrice;
        if (draw(seed, "ramp") % 3 == 0) {
            order.startPrice = uint96(within(draw(seed, "start"), 0, order.maxPrice));
            order.rampFor = uint32(within(draw(seed, "rampFor"), 1, 5_000));
        }
        order.failBps = uint16(within(draw(seed, "failBps"), 1_000, 9_000));
        order.class = draw(seed, "class") % 4 == 0 ? SLOW_CLASS : CLASS;
        order.bond = uint96((escrowOf(order) * minBondBps + 9_999) / 10_000 + (draw(seed, "bond") % 1e6));
        if (draw(seed, "dear bond") % 4 == 0) order.bond += uint96(draw(seed, "bond") % 60e6);
        order.feeBps = uint16(feeBps);
        if (draw(seed, "named") % 5 == 0) {
            order.node = nodes[draw(seed, "name") % nodes.length].node;
            order.class = ghostOf(order.node).class;
        }
        // Vast: worth trying now and then, with the least price so that a consumer can pay it.
        if (draw(seed, "vast") % 16 == 0 && minJobEscrow == 0 && order.replicas == 1)
            (order.lots, order.metered) = (type(uint32).max, false);
        if (order.lots > 8) (order.maxPrice, order.startPrice) = (1, draw(seed, "dear") % 2 == 0 ? 1 : 0);
    }

    function specOf(uint256 index) internal pure returns (bytes32) {
        return keccak256(abi.encode("spec", index));
    }

    /// @dev Every order's tree has two leaves, of tasks 0 and 1: what else it would have is never challenged.
    function taskRoot() internal pure returns (bytes32) {
        (bytes32 a, bytes32 b) = (Leaf.task(0, specOf(0)), Leaf.task(1, specOf(1)));
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function closable(uint256 o) internal view returns (bool) {
        if (orders[o].closed) return false;
        if (jobsOf(orders[o].order) > 1) return true;
        for (uint256 j = 0; j < jobs.length; ++j) {
            if (jobs[j].order == o) return jobs[j].state == JobState.OPEN || jobs[j].state == JobState.RUNNING;
        }
        return false;
    }
}
