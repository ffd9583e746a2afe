// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Status} from "../../types/Result.sol";
import {Params} from "../../types/Settings.sol";
import {Order} from "../../types/Terms.sol";
import {JobView, OrderView} from "../../types/Views.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract ExpireTest is MarketTest {
    using TermsPacker for Order;

    uint256 private constant SLICE = 200_000; // a fifth of the bond
    Order internal order;
    bytes32 internal id;

    function setUp() public override {
        super.setUp();
        order = someOrder();
        id = post(order);
        claim(order, 0, node);
    }

    function test_RevertGiven_TheJobIsNotRunning() external {
        finish(order, 0, node, Status.OK, 3_600); // submitted in the last second
        skip(1);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.SUBMITTED_OK, 1 << 2));
        expire(0);
    }

    function test_RevertWhen_TheDeadlineHasNotPassed() external {
        skip(order.maxRun);
        refuse(abi.encodeWithSelector(IMarketErrors.DeadlineNotPassed.selector, id, 0, time));
        expire(0);
    }

    function test_GivenClaimsStillLast() external {
        Books memory b = books();
        skip(order.maxRun + 1);
        vm.expectEmit(address(market));
        emit IMarketEvents.Expired(id, 0, node, SLICE, SLICE / 5, keeper, true);
        expire(0);
        slashed(b);
        assertBooks(b); // the consumer gets nothing

        JobView memory job = market.jobOf(order.pack(), 0);
        vm.assertEq(uint256(job.state), uint256(JobState.OPEN));
        vm.assertEq(job.node, node);
        vm.assertEq(job.postedAt, START + ACTIVATION + 1);
        claim(order, 0, otherNode);
    }

    /// @dev Invariant 9.
    function test_WhenTheConsumerCalls() external {
        Books memory b = books();
        skip(order.openFor + 1);
        vm.prank(consumer);
        market.expire(order.pack(), one(0));
        slashed(b);
        b.keeperFree = 0;
        b.pool += SLICE / 5;
        b.consumerFree += 1e6; // its escrow and nothing else
        assertBooks(b);
    }

    function test_GivenClaimsAreOver() external {
        Books memory b = books();
        skip(order.openFor + 1);
        vm.expectEmit(address(market));
        emit IMarketEvents.Expired(id, 0, node, SLICE, SLICE / 5, keeper, false);
        expire(0);
        slashed(b);
        b.consumerFree += 1e6;
        assertBooks(b);
        assertState(order, 0, JobState.VOID);
    }

    function test_GivenTheOrderIsClosed() external {
        vm.prank(consumer);
        market.close(order.pack());
        Books memory b = books();
        skip(order.maxRun + 1);
        expire(0);
        slashed(b);
        b.consumerFree += 1e6;
        assertBooks(b);
        assertState(order, 0, JobState.VOID);
    }

    function test_GivenTheOrderHasSeveralJobs() external {
        order.lots = 2;
        post(order);
        claim(order, 1, node);
        skip(order.maxRun + 1);
        expire(1);
        OrderView memory o = market.orderOf(order.pack());
        vm.assertEq(o.unclaimed, 2);
        vm.assertEq(o.escrow, 2e6);

        claim(order, 1, otherNode);
        skip(order.maxRun + 1); // now past openFor
        expire(1);
        o = market.orderOf(order.pack());
        vm.assertEq(o.unclaimed, 1);
        vm.assertEq(o.escrow, 1e6);
        assertState(order, 1, JobState.VOID);
    }

    function test_GivenTheSlashLeavesLessThanTheClassNeeds() external {
        assertStatus(node, NodeStatus.ACTIVE);
        skip(order.maxRun + 1);
        vm.expectEmit(address(market));
        emit IMarketEvents.NodeSuspended(node);
        expire(0);
        assertStatus(node, NodeStatus.SUSPENDED);
        vm.assertEq(market.classOf(CLASS).active, 1);
        vm.assertEq(market.classOf(CLASS).owners, 1);
    }

    function test_GivenTheSliceRoundsDownToNothing() external {
        market.setParams(Params(200, 0, 0));
        order.bond = 4;
        post(order);
        claim(order, 0, otherNode);
        Books memory b = books();
        skip(order.maxRun + 1);
        expire(0);
        assertBooks(b);
        vm.assertEq(market.nodeOf(otherNode).stake, MIN_STAKE);
        vm.assertEq(market.nodeOf(otherNode).locked, 0);
    }

    function test_GivenTheNodeIsJailed() external {
        jail(node);
        Books memory b = books();
        vm.expectEmit(address(market));
        emit IMarketEvents.Expired(id, 0, node, 0, 0, keeper, true);
        expire(0);
        b.open = 0;
        assertBooks(b);
        assertState(order, 0, JobState.OPEN);
    }

    function expire(uint32 job) private {
        vm.prank(keeper);
        market.expire(order.pack(), one(job));
    }

    function slashed(Books memory b) private view {
        b.stake -= SLICE;
        b.keeperFree += SLICE / 5;
        b.pool += SLICE - SLICE / 5;
        b.locked -= order.bond;
        b.open -= 1;
    }
}
