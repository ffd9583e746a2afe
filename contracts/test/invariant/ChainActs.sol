// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {JobState} from "../../types/JobSlot.sol";
import {Params} from "../../types/Settings.sol";
import {DisputeActs} from "./DisputeActs.sol";

/// @notice Governance within its bounds, and time.
abstract contract ChainActs is DisputeActs {
    function setParams(uint256 seed) external {
        vm.warp(time);
        feeBps = within(draw(seed, "fee"), 0, 500);
        minBondBps = within(draw(seed, "bond"), 0, 3_000);
        minJobEscrow = within(draw(seed, "escrow"), 0, 2) * 500;
        market.setParams(Params(uint16(feeBps), uint16(minBondBps), uint96(minJobEscrow)));
        note("setParams", true);
    }

    function setMinStake(uint256 seed) external {
        vm.warp(time);
        bool slow = seed % 2 == 0;
        setClass(slow ? SLOW_CLASS : CLASS, within(draw(seed, "least"), 90e6, 110e6), slow ? SLOW_STEP : STEP);
        note("setMinStake", true);
    }

    function pauseNew(uint256 seed) external {
        vm.warp(time);
        bool able = pausedUntil == 0 || time < pausedUntil || time >= pausedUntil + 7 days;
        note("pauseNew", able);
        if (!able) return;
        uint256 until = time + within(seed, 0, 1_500);
        if (time < pausedUntil && until > pausedUntil) until = pausedUntil;
        market.pauseNew(uint32(until));
        pausedUntil = until;
    }

    function payTreasury(uint256 seed) external {
        vm.warp(time);
        uint256 amount = within(seed, 0, sums.treasury);
        market.payTreasury(outsider, amount);
        sums.treasury -= amount;
        note("payTreasury", sums.treasury > 0);
    }

    function passTime(uint256 seed) external {
        skip(within(seed, 0, 600));
        note("passTime", true);
    }

    /// @dev To the next last second in which something is possible, or the first in which it is not any more.
    function passToEdge(uint256 seed) external {
        uint256 next = type(uint256).max;
        for (uint256 j = 0; j < jobs.length; ++j) {
            uint256 edge = edgeOf(j);
            if (edge >= time && edge < next) next = edge;
        }
        bool found = next != type(uint256).max;
        note("passToEdge", found);
        if (found) skip(next - time + (seed % 2));
    }

    function edgeOf(uint256 j) private view returns (uint256) {
        OrderGhost storage o = orders[jobs[j].order];
        if (ended(jobs[j].state)) return o.order.postBy; // what is over may be forgotten then
        if (sealed_(jobs[j].state)) return o.postedAt + o.order.openFor + o.order.maxRun + CHALLENGE_FLOOR;
        return jobs[j].state == JobState.OPEN ? o.postedAt + o.order.openFor : jobs[j].deadline;
    }
}
