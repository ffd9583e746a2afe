// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {Sortition} from "../../libraries/Sortition.sol";
import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {JobView, NodeView, OrderView} from "../../types/Views.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract ClaimTest is MarketTest {
    using TermsPacker for Order;

    Order internal order;
    bytes32 internal id;

    function setUp() public override {
        super.setUp();
        order = someOrder();
        id = post(order);
    }

    function test_RevertWhen_NewWorkIsPaused() external {
        market.pauseNew(uint32(time + 100));
        refuse(abi.encodeWithSelector(IMarketErrors.NewWorkPaused.selector, time + 100));
        claim(order, 0, node);
        skip(100);
        claim(order, 0, node);
    }

    function test_RevertWhen_TheJobIsBeyondTheOrder() external {
        refuse(abi.encodeWithSelector(IMarketErrors.JobUnknown.selector, id, 1, 1));
        claim(order, 1, node);
    }

    function test_RevertGiven_TheJobIsNotOpen() external {
        claim(order, 0, node);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.RUNNING, 1 << 1));
        claim(order, 0, otherNode);

        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.SUBMITTED_OK, 1 << 1));
        claim(order, 0, otherNode);

        settle(order, receipt, consumer);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.PAID, 1 << 1));
        claim(order, 0, otherNode);

        order.salt = 2; // never posted
        bytes32 unknown = market.orderIdOf(order.pack());
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, unknown, 0, JobState.NONE, 1 << 1));
        claim(order, 0, node);
    }

    function test_RevertWhen_OpenForIsOver() external {
        uint256 until = time + order.openFor;
        skip(order.openFor + 1);
        refuse(abi.encodeWithSelector(IMarketErrors.ClaimTooLate.selector, id, until));
        claim(order, 0, node);
    }

    function test_RevertWhen_TheCallerFailedThisJobLast() external {
        claim(order, 0, node);
        finish(order, 0, node, Status.BAD_SPEC, 1);
        refuse(abi.encodeWithSelector(IMarketErrors.ClaimExcluded.selector, id, 0, node));
        claim(order, 0, node);
        claim(order, 0, otherNode);
    }

    function test_RevertGiven_TheNodeIsNotActive() external {
        vm.prank(owner);
        market.retire(node);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeInStatus.selector, node, NodeStatus.RETIRED));
        claim(order, 0, node);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeInStatus.selector, keeper, NodeStatus.NONE));
        claim(order, 0, keeper);
    }

    function test_RevertGiven_TheNodeIsOfAnotherClass() external {
        market.setClass(7, MIN_STAKE, STEP, "another");
        order.class = 7;
        post(order);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeInClass.selector, node, CLASS, 7));
        claim(order, 0, node);
    }

    function test_RevertGiven_TheNodeHasMaxOpenUnsettledJobs() external {
        vm.prank(owner);
        market.setMaxOpen(node, 1);
        claim(order, 0, node);
        finish(order, 0, node, Status.OK, 10); // submitted is still unsettled
        order.salt = 2;
        post(order);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeFull.selector, node, 1, 1));
        claim(order, 0, node);
    }

    function test_RevertGiven_TheNodeWasRegisteredTooLateForThisOrder() external {
        uint256 late = 0x1A7E;
        uint256 activatedAt = time + ACTIVATION;
        register(owner, late);
        skip(ACTIVATION);
        order.salt = 2;
        post(order); // in the very second of the activation: not later
        skip(1);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeTooNew.selector, vm.addr(late), activatedAt, time - 1));
        claim(order, 0, vm.addr(late));
        order.salt = 3;
        post(order);
        claim(order, 0, vm.addr(late));
    }

    function test_RevertGiven_TheFreeStakeIsBelowTheBond() external {
        order.salt = 2;
        order.bond = MIN_STAKE - 1e6 + 1;
        bytes32 big = post(order);
        Order memory first = someOrder();
        claim(first, 0, node);
        refuse(
            abi.encodeWithSelector(IMarketErrors.NodeStakeTooLow.selector, node, MIN_STAKE - 1e6, MIN_STAKE - 1e6 + 1)
        );
        claim(order, 0, node);
        vm.assertTrue(big != id);
    }

    function test_RevertWhen_TheNodeIsNotDrawnYet() external {
        for (uint256 i = 0; i < 62; ++i) registerMore(i);
        skip(ACTIVATION + 1);
        (uint256 first, bytes32 drawnId) = postDrawnAtStep(3);
        refuse(abi.encodeWithSelector(IMarketErrors.ClaimTooEarly.selector, drawnId, 0, node));
        claim(order, 0, node);
        skip(first - time - 1);
        refuse(abi.encodeWithSelector(IMarketErrors.ClaimTooEarly.selector, drawnId, 0, node));
        claim(order, 0, node);
        skip(1);
        claim(order, 0, node);
    }

    function test_RevertWhen_ItIsReservedForGood() external {
        order.node = otherNode;
        bytes32 named = post(order);
        skip(order.openFor);
        refuse(abi.encodeWithSelector(IMarketErrors.ClaimReserved.selector, named, otherNode, type(uint256).max));
        claim(order, 0, node);
    }

    function test_RevertWhen_TheReservationLasts() external {
        order.node = otherNode;
        order.rampFor = 100;
        bytes32 named = post(order);
        uint256 until = time + 100;
        skip(99);
        refuse(abi.encodeWithSelector(IMarketErrors.ClaimReserved.selector, named, otherNode, until));
        claim(order, 0, node);
    }

    function test_WhenTheReservationIsOver() external {
        order.node = otherNode;
        order.rampFor = 100;
        post(order);
        vm.assertEq(market.eligibleAt(order.pack(), 0, node), time + 100);
        skip(100);
        claim(order, 0, node);
        assertState(order, 0, JobState.RUNNING);
    }

    function test_GivenTheOrderNamesTheCaller() external {
        for (uint256 i = 0; i < 62; ++i) registerMore(i);
        skip(ACTIVATION + 1);
        order.node = node;
        postDrawnAtStep(3);
        claim(order, 0, node);
        assertState(order, 0, JobState.RUNNING);
    }

    function test_WhenTheOrderHasOneJob() external {
        skip(5);
        vm.expectEmit(address(market));
        emit IMarketEvents.Claimed(id, 0, node, 5, uint32(time + order.maxRun));
        claim(order, 0, node);

        JobView memory job = market.jobOf(order.pack(), 0);
        vm.assertEq(uint256(job.state), uint256(JobState.RUNNING));
        vm.assertEq(job.node, node);
        vm.assertEq(job.postedAt, time - 5);
        vm.assertEq(job.claimedAt, time);
        vm.assertEq(job.deadline, time + order.maxRun);
        NodeView memory n = market.nodeOf(node);
        vm.assertEq(n.locked, order.bond);
        vm.assertEq(n.open, 1);
        vm.assertEq(n.stake, MIN_STAKE);
    }

    function test_WhenTheOrderHasSeveralJobs() external {
        order.lots = 3;
        bytes32 several = post(order);
        vm.expectEmit(address(market));
        emit IMarketEvents.Claimed(several, 2, node, 0, uint32(time + order.maxRun));
        claim(order, 2, node);
        OrderView memory o = market.orderOf(order.pack());
        vm.assertEq(o.unclaimed, 2);
        vm.assertEq(o.escrow, 3e6);
        assertState(order, 0, JobState.OPEN);
        assertState(order, 2, JobState.RUNNING);
    }

    function test_WhenBeatsAreAskedFor() external {
        order.beatEvery = 400;
        post(order);
        claim(order, 0, node);
        vm.assertEq(market.jobOf(order.pack(), 0).deadline, time + 400);
        order.beatEvery = 10; // a beat is never due sooner than SUBMIT_GRACE
        post(order);
        claim(order, 0, node);
        vm.assertEq(market.jobOf(order.pack(), 0).deadline, time + 300);
    }

    function registerMore(uint256 i) private {
        fund(owner, MIN_STAKE);
        register(owner, 0x10000 + i);
    }

    /// @dev Varies the salt until `node` is drawn exactly at the step.
    function postDrawnAtStep(uint256 step) private returns (uint256 first, bytes32 drawnId) {
        do {
            ++order.salt;
            drawnId = market.orderIdOf(order.pack());
        } while (Sortition.firstStep(drawnId, 0, node, 64) != step);
        post(order);
        first = time + STEP * step;
        if (order.node == address(0)) vm.assertEq(market.eligibleAt(order.pack(), 0, node), first);
    }
}
