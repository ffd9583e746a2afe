// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {Verdict} from "../../types/Dispute.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Order} from "../../types/Terms.sol";
import {DisputeTest} from "../base/DisputeTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract ReclaimTest is DisputeTest {
    using TermsPacker for Order;

    function test_RevertGiven_TheDisputeIsNotOpen() external {
        refuse(abi.encodeWithSelector(IMarketErrors.DisputeUnknown.selector, bytes32("none")));
        market.reclaim(order.pack(), receipt, "none");
    }

    function test_RevertGiven_TheJobIsStillToBeJudged() external {
        bytes32 dispute = challenge(0);
        skip(30 days);
        refuse(abi.encodeWithSelector(IMarketErrors.DisputeLive.selector, dispute));
        market.reclaim(order.pack(), receipt, dispute);
    }

    function test_RevertWhen_TheReceiptIsOfAnotherJob() external {
        bytes32 dispute = challenge(0);
        receipt.job = 0;
        receipt.pay += 1;
        refuse(abi.encodeWithSelector(IMarketErrors.DisputeElsewhere.selector, dispute));
        market.reclaim(order.pack(), receipt, dispute);
    }

    function test_GivenAnotherDisputeVoidedTheJob() external {
        bytes32 good = challengeAs(consumer, proofOf(1));
        bytes32 bad = challenge(0);
        judge(bad, 0, same(Verdict.INVALID, 3));
        conclude(bad, 0);
        assertState(order, 0, JobState.VOID);
        uint256 before = freeOf(consumer);
        vm.expectEmit(address(market));
        emit IMarketEvents.Reclaimed(good, consumer, BOND, address(0), 0);
        market.reclaim(order.pack(), receipt, good);
        vm.assertEq(freeOf(consumer), before + BOND);
    }

    function test_GivenTheJobWasSettledBecauseTheArbiterStayedSilent() external {
        bytes32 dispute = challenge(0);
        judge(dispute, 0, same(Verdict.INVALID, 3)); // found, but nobody concludes
        appeal(dispute);
        skip(4 days);
        settle(order, receipt, keeper);
        market.reclaim(order.pack(), receipt, dispute);
        vm.assertEq(freeOf(challenger), 100e6);
        vm.assertEq(freeOf(appellant), 100e6);
        refuse(abi.encodeWithSelector(IMarketErrors.DisputeUnknown.selector, dispute));
        market.reclaim(order.pack(), receipt, dispute);
    }
}
