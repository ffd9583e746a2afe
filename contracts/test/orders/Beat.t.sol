// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {JobState} from "../../types/JobSlot.sol";
import {Order} from "../../types/Terms.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract BeatTest is MarketTest {
    using TermsPacker for Order;

    Order internal order;
    bytes32 internal id;

    function setUp() public override {
        super.setUp();
        order = someOrder();
        order.lots = 3;
        order.beatEvery = 400;
        id = post(order);
        claim(order, 0, node);
        claim(order, 1, node);
    }

    function test_RevertGiven_TheOrderAsksForNone() external {
        order.beatEvery = 0;
        id = post(order);
        claim(order, 0, node);
        refuse(abi.encodeWithSelector(IMarketErrors.BeatNotAsked.selector, id));
        beat(node, one(0));
    }

    function test_RevertGiven_TheJobIsNotRunning() external {
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 2, JobState.OPEN, 1 << 2));
        beat(node, one(2));
    }

    function test_RevertWhen_TheCallerIsNotItsNode() external {
        refuse(abi.encodeWithSelector(IMarketErrors.JobNotYours.selector, id, 0, node, otherNode));
        beat(otherNode, one(0));
    }

    function test_RevertWhen_TheDeadlineHasPassed() external {
        skip(401);
        refuse(abi.encodeWithSelector(IMarketErrors.DeadlinePassed.selector, id, 0, time - 1));
        beat(node, one(0));
    }

    function test_RevertGiven_TheJobWasStopped() external {
        vm.prank(consumer);
        market.stop(order.pack(), 0);
        refuse(abi.encodeWithSelector(IMarketErrors.JobStopped.selector, id, 0));
        beat(node, one(0));
    }

    function test_WhenItComesInTime() external {
        skip(400);
        uint32[] memory both = new uint32[](2);
        both[1] = 1;
        vm.expectEmit(address(market));
        emit IMarketEvents.Beat(id, 0, uint32(time + 400));
        vm.expectEmit(address(market));
        emit IMarketEvents.Beat(id, 1, uint32(time + 400));
        beat(node, both);
        vm.assertEq(market.jobOf(order.pack(), 0).deadline, time + 400);
        vm.assertEq(market.jobOf(order.pack(), 1).deadline, time + 400);
        vm.assertEq(market.jobOf(order.pack(), 1).claimedAt, time - 400);
    }

    function test_WhenTheEndOfMaxRunIsNearer() external {
        uint256 end = time + order.maxRun;
        for (uint256 i = 0; i < 8; ++i) {
            skip(400);
            beat(node, one(0));
        }
        skip(399);
        beat(node, one(0));
        vm.assertEq(market.jobOf(order.pack(), 0).deadline, end);
    }

    function beat(address caller, uint32[] memory jobs) private {
        vm.prank(caller);
        market.beat(order.pack(), jobs);
    }
}
