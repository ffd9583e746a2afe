// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {JobView, OrderView} from "../../types/Views.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract SubmitTest is MarketTest {
    using TermsPacker for Order;

    Order internal order;
    bytes32 internal id;

    function setUp() public override {
        super.setUp();
        order = someOrder();
        id = post(order);
        claim(order, 0, node);
    }

    function test_RevertGiven_TheJobIsNotRunning() external {
        Result memory result = resultOf(order, 0, Status.OK, 0);
        submit(order, 0, node, result);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.SUBMITTED_OK, 1 << 2));
        submit(order, 0, node, result);
    }

    function test_RevertWhen_TheCallerIsNotItsNode() external {
        Result memory result = resultOf(order, 0, Status.OK, 0);
        refuse(abi.encodeWithSelector(IMarketErrors.JobNotYours.selector, id, 0, node, otherNode));
        submit(order, 0, otherNode, result);
    }

    function test_RevertWhen_TheDeadlineHasPassed() external {
        uint256 deadline = time + order.maxRun;
        skip(order.maxRun + 1);
        Result memory result = resultOf(order, 0, Status.OK, 0);
        refuse(abi.encodeWithSelector(IMarketErrors.DeadlinePassed.selector, id, 0, deadline));
        submit(order, 0, node, result);
    }

    function test_RevertWhen_UnusedBitsAreSetOrTheStatusIsUnknown() external {
        Result memory result = resultOf(order, 0, Status.OK, 0);
        result.outcome |= 1 << 136;
        refuse(abi.encodeWithSelector(IMarketErrors.ResultNotCanonical.selector, result.outcome));
        submit(order, 0, node, result);
        result = resultOf(order, 0, 7, 0);
        refuse(abi.encodeWithSelector(IMarketErrors.ResultNotCanonical.selector, result.outcome));
        submit(order, 0, node, result);
    }

    function test_RevertWhen_ItsTimesAreOutOfOrder() external {
        uint32 claimedAt = uint32(time);
        skip(100);
        uint32 now_ = uint32(time);
        refuseTimes(claimedAt, claimedAt - 1, now_); // a result of an earlier claim
        refuseTimes(claimedAt, now_, now_ - 1);
        refuseTimes(claimedAt, claimedAt, now_ + 1);
        submit(order, 0, node, resultAt(Status.OK, claimedAt, now_, 100));
    }

    function test_RevertWhen_ItBillsMoreThanTheChainSaw() external {
        skip(100);
        Result memory result = resultOf(order, 0, Status.OK, 101);
        refuse(abi.encodeWithSelector(IMarketErrors.ResultOverbilled.selector, 101, 100));
        submit(order, 0, node, result);
    }

    function test_RevertWhen_ItSaysStoppedWithoutAStop() external {
        Result memory result = resultOf(order, 0, Status.STOPPED, 0);
        refuse(abi.encodeWithSelector(IMarketErrors.JobNotStopped.selector, id, 0));
        submit(order, 0, node, result);
    }

    function test_WhenItSaysOk() external {
        uint256 claimedAt = time;
        skip(order.maxRun); // the last second counts
        Result memory result = resultOf(order, 0, Status.OK, 900);
        bytes32 digest = market.digestOf(order.pack(), 0, node, result);
        vm.expectEmit(address(market));
        emit IMarketEvents.Submitted(id, 0, node, digest, result, 1e6);
        submit(order, 0, node, result);

        JobView memory job = market.jobOf(order.pack(), 0);
        vm.assertEq(uint256(job.state), uint256(JobState.SUBMITTED_OK));
        vm.assertEq(job.deadline, claimedAt + order.maxRun + order.challengeFor);
        Receipt memory receipt = Receipt(0, node, 1e6, uint32(time), digest);
        vm.assertEq(bytes32(job.receiptHash), bytes32(bytes26(keccak256(abi.encode(receipt)))));
        vm.assertEq(books().open, 1);
        vm.assertEq(books().locked, order.bond);
    }

    function test_WhenItSaysFailed() external {
        for (uint8 status = Status.NONZERO_EXIT; status <= Status.OUT_OF_MEMORY; ++status) {
            order.salt = 100 + status;
            post(order);
            claim(order, 0, otherNode);
            skip(900);
            Result memory result = resultOf(order, 0, status, 900);
            bytes32 digest = market.digestOf(order.pack(), 0, otherNode, result);
            vm.expectEmit(address(market));
            // half of the price for a quarter of maxRun
            emit IMarketEvents.Submitted(market.orderId(order), 0, otherNode, digest, result, 125_000);
            submit(order, 0, otherNode, result);
            assertState(order, 0, JobState.SUBMITTED_FAIL);
        }
    }

    function test_RevertGiven_TheAllowanceToStartIsOver() external {
        skip(601);
        Result memory result = resultOf(order, 0, Status.INPUT_UNAVAILABLE, 0);
        refuse(abi.encodeWithSelector(IMarketErrors.HandBackTooLate.selector, id, 0, time - 1));
        submit(order, 0, node, result);
    }

    function test_GivenClaimsStillLast() external {
        Books memory before = books();
        skip(600); // the last second
        Result memory result = resultOf(order, 0, Status.INPUT_UNAVAILABLE, 0);
        vm.expectEmit(address(market));
        emit IMarketEvents.Submitted(id, 0, node, market.digestOf(order.pack(), 0, node, result), result, 0);
        vm.expectEmit(address(market));
        emit IMarketEvents.Reopened(id, 0, node, Status.INPUT_UNAVAILABLE);
        submit(order, 0, node, result);

        before.locked = before.open = 0;
        assertBooks(before); // nothing else moved
        JobView memory job = market.jobOf(order.pack(), 0);
        vm.assertEq(uint256(job.state), uint256(JobState.OPEN));
        vm.assertEq(job.node, node);
        refuse(abi.encodeWithSelector(IMarketErrors.ClaimExcluded.selector, id, 0, node));
        claim(order, 0, node);
        claim(order, 0, otherNode);

        order.lots = 2;
        post(order);
        claim(order, 1, node);
        finish(order, 1, node, Status.BAD_SPEC, 1);
        OrderView memory o = market.orderOf(order.pack());
        vm.assertEq(o.unclaimed, 2);
        vm.assertEq(o.escrow, 2e6);
        vm.assertEq(market.jobOf(order.pack(), 1).node, node);
    }

    function test_GivenClaimsAreOver() external {
        order.openFor = 500;
        bytes32 short = post(order);
        claim(order, 0, node);
        Books memory before = books();
        skip(501);
        Result memory result = resultOf(order, 0, Status.BAD_SPEC, 0);
        vm.expectEmit(address(market));
        emit IMarketEvents.Voided(short, 0, node, 1e6);
        submit(order, 0, node, result);
        before.consumerFree += 1e6;
        before.locked -= order.bond;
        before.open -= 1;
        assertBooks(before);
        assertState(order, 0, JobState.VOID);
    }

    function test_GivenTheOrderIsClosed() external {
        vm.prank(consumer);
        market.close(order.pack());
        Books memory before = books();
        finish(order, 0, node, Status.BAD_SPEC, 1);
        before.consumerFree += 1e6;
        before.locked = before.open = 0;
        assertBooks(before);
        assertState(order, 0, JobState.VOID);

        order.lots = 2;
        post(order);
        claim(order, 0, node);
        vm.prank(consumer);
        market.close(order.pack());
        finish(order, 0, node, Status.BAD_SPEC, 1);
        vm.assertEq(market.orderOf(order.pack()).escrow, 0);
        vm.assertEq(books().consumerFree, before.consumerFree);
    }

    function refuseTimes(uint32 claimedAt, uint32 started, uint32 finished) private {
        refuse(abi.encodeWithSelector(IMarketErrors.ResultTimes.selector, claimedAt, started, finished, time));
        submit(order, 0, node, resultAt(Status.OK, started, finished, 0));
    }
}
