// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {JobState} from "../../types/JobSlot.sol";
import {Order} from "../../types/Terms.sol";
import {TermsPacker} from "../base/TermsPacker.sol";
import {DisputeIntruder} from "./DisputeIntruder.sol";

/// @notice Brings a market to rest from wherever it is: new work paused, an outsider ends every job, everybody leaves.
abstract contract Drain is DisputeIntruder {
    using TermsPacker for Order;

    /// @dev The longest an order of ours lasts: openFor, maxRun, opening seals, challengeFor, a dispute nobody decides.
    uint256 internal constant HORIZON = 7_201 + 40_000 + 7_200 + 61 + 3_000 + 4 days;

    /// @notice Ends every job by calls anyone may make, within HORIZON and while new work is paused.
    function endAllJobs() external measured {
        vm.warp(time);
        uint256 until = time + HORIZON + 1;
        if (pausedUntil == 0 || time >= pausedUntil + 7 days) market.pauseNew(uint32(until));
        skip(7_201); // past every deadline
        for (uint256 j = 0; j < jobs.length; ++j) if (expirable(j)) expireByOutsider(j);
        skip(40_000 + 7_200 + 61); // past every claim and seal
        for (uint256 o = 0; o < orders.length; ++o) if (closable(o)) closeByOutsider(o);
        for (uint256 j = 0; j < jobs.length; ++j) if (sealedAt(j)) tallyNow(j, j, outsider);
        skip(until - time); // past every window and dispute
        for (uint256 j = 0; j < jobs.length; ++j) {
            if (voidable(j)) {
                market.voidJob(termsOf(j), jobs[j].receipt);
                bookVoid(j);
            } else if (settleable(j)) {
                market.settle(termsOf(j), one(jobs[j].receipt));
                bookPay(j);
            }
        }
    }

    /// @notice Everybody takes all there is to take. Needs `endAllJobs` first.
    function leaveAll() external {
        vm.warp(time);
        for (uint256 which = 0; which < disputes.length; ++which) if (disputes[which].open) reclaimNow(which);
        for (uint256 which = 0; which < nodes.length; ++which) {
            if (canRetire(which)) retireNow(which);
            uint256 amount = unstakeable(which);
            if (amount == 0) continue;
            vm.prank(nodes[which].owner);
            market.requestUnstake(nodes[which].node, uint80(amount));
            nodes[which].stake -= amount;
            nodes[which].unbonding += amount;
        }
        skip(18 days);
        for (uint256 which = 0; which < nodes.length; ++which) takeStake(which);
        for (uint256 a = 0; a < accounts.length; ++a) {
            address account = accounts[a];
            market.sweep(account);
            fees[account] = 0;
            vm.prank(account);
            market.withdraw(account, free[account]);
            free[account] = 0;
        }
        (uint128 treasury_, uint128 pool_) = market.totals();
        market.payTreasury(outsider, treasury_);
        (sums.treasury, sums.pool) = (0, pool_);
    }

    function expireByOutsider(uint256 j) private {
        uint32[] memory list = one(jobs[j].index);
        vm.prank(outsider);
        market.expire(termsOf(j), list);
        bookExpire(j, outsider);
    }

    function closeByOutsider(uint256 o) private {
        if (jobsOf(orders[o].order) == 1 && jobOfSingle(o) != JobState.OPEN) return;
        vm.prank(outsider);
        market.close(orders[o].order.pack());
        bookClose(o);
    }

    function jobOfSingle(uint256 o) private view returns (JobState) {
        for (uint256 j = 0; j < jobs.length; ++j) if (jobs[j].order == o) return jobs[j].state;
        return JobState.NONE;
    }
}
