// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {JobState} from "../../types/JobSlot.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {JobView} from "../../types/Views.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract StopTest is MarketTest {
    using TermsPacker for Order;

    Order internal order;
    bytes32 internal id;

    function setUp() public override {
        super.setUp();
        order = someOrder();
        id = post(order);
    }

    function test_RevertWhen_TheCallerIsNotTheConsumer() external {
        refuse(abi.encodeWithSelector(IMarketErrors.OrderNotYours.selector, node, consumer));
        stop(node);
    }

    function test_RevertGiven_TheJobIsNotRunning() external {
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.OPEN, 1 << 2));
        stop(consumer);
    }

    function test_RevertGiven_ItWasStoppedBefore() external {
        claim(order, 0, node);
        stop(consumer);
        refuse(abi.encodeWithSelector(IMarketErrors.JobStopped.selector, id, 0));
        stop(consumer);
    }

    function test_RevertWhen_TheDeadlineHasPassed() external {
        claim(order, 0, node);
        skip(order.maxRun + 1);
        refuse(abi.encodeWithSelector(IMarketErrors.DeadlinePassed.selector, id, 0, time - 1));
        stop(consumer);
    }

    function test_WhenThereIsTimeLeft() external {
        claim(order, 0, node);
        skip(100);
        vm.expectEmit(address(market));
        emit IMarketEvents.Stopped(id, 0, uint32(time + 600));
        stop(consumer);
        JobView memory job = market.jobOf(order.pack(), 0);
        vm.assertTrue(job.stopped);
        vm.assertEq(job.deadline, time + 600);
        vm.assertEq(job.claimedAt, time - 100);
        vm.assertEq(job.node, node);
    }

    function test_WhenTheEndOfMaxRunIsNearer() external {
        claim(order, 0, node);
        skip(order.maxRun - 10);
        stop(consumer);
        vm.assertEq(market.jobOf(order.pack(), 0).deadline, time + 10);
    }

    function test_WhenAnOkResultComesInTime() external {
        claim(order, 0, node);
        stop(consumer);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 600);
        Books memory b = books();
        settle(order, receipt, consumer);
        vm.assertEq(books().ownerFree, b.ownerFree + 980_000);
    }

    function test_RevertWhen_TheNodeBillsPastTheDeadlineItSet() external {
        claim(order, 0, node);
        uint32 claimedAt = uint32(time);
        stop(consumer);
        skip(601);
        Result memory result = resultAt(Status.STOPPED, claimedAt, uint32(time), 601);
        refuse(abi.encodeWithSelector(IMarketErrors.DeadlinePassed.selector, id, 0, time - 1));
        submit(order, 0, node, result);
    }

    function stop(address caller) private {
        vm.prank(caller);
        market.stop(order.pack(), 0);
    }
}
