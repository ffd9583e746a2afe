// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {NodeView} from "../../types/Views.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract StakeTest is MarketTest {
    using TermsPacker for Order;

    uint256 private constant UNBONDING = 18 days;
    Order internal order;

    function setUp() public override {
        super.setUp();
        order = someOrder();
    }

    function test_RevertGiven_TheNodeIsUnknown() external {
        bytes memory refusal = abi.encodeWithSelector(IMarketErrors.NodeUnknown.selector, keeper);
        vm.startPrank(owner);
        refuse(refusal);
        market.addStake(keeper, 1);
        refuse(refusal);
        market.setMaxOpen(keeper, 1);
        refuse(refusal);
        market.requestUnstake(keeper, 1);
        refuse(refusal);
        market.withdrawStake(keeper);
        refuse(refusal);
        market.retire(keeper);
    }

    function test_RevertWhen_TheCallerIsNotItsOwner() external {
        bytes memory refusal = abi.encodeWithSelector(IMarketErrors.NodeNotOwned.selector, node, owner, node);
        vm.startPrank(node); // the hot key may not touch the stake
        refuse(refusal);
        market.addStake(node, 1);
        refuse(refusal);
        market.setMaxOpen(node, 1);
        refuse(refusal);
        market.requestUnstake(node, 1);
        refuse(refusal);
        market.withdrawStake(node);
        refuse(refusal);
        market.retire(node);
    }

    function test_GivenTheNodeIsActive() external {
        Books memory b = books();
        uint256 activatedAt = market.nodeOf(node).activatedAt;
        vm.expectEmit(address(market));
        emit IMarketEvents.StakeChanged(node, MIN_STAKE + 5e6, 0);
        addStake(5e6);
        b.ownerFree -= 5e6;
        b.stake += 5e6;
        assertBooks(b);
        vm.assertEq(market.nodeOf(node).activatedAt, activatedAt);
        vm.assertEq(market.classOf(CLASS).active, 2);
    }

    function test_GivenTheNodeIsSuspendedAndReachesTheMinimum() external {
        suspend();
        order.salt = 2;
        post(order);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeInStatus.selector, node, NodeStatus.SUSPENDED));
        claim(order, 0, node);
        uint32 activatedAt = uint32(time) + ACTIVATION;
        vm.expectEmit(address(market));
        emit IMarketEvents.NodeActivated(node, activatedAt);
        addStake(200_000);
        assertStatus(node, NodeStatus.ACTIVE);
        vm.assertEq(market.classOf(CLASS).active, 2);
        vm.assertEq(market.classOf(CLASS).owners, 2);
        // stake added after an order is known must not win it
        refuse(abi.encodeWithSelector(IMarketErrors.NodeTooNew.selector, node, activatedAt, time));
        claim(order, 0, node);
    }

    function test_GivenTheNodeIsSuspendedAndStaysBelow() external {
        suspend();
        addStake(199_999);
        assertStatus(node, NodeStatus.SUSPENDED);
        vm.assertEq(market.classOf(CLASS).active, 1);
    }

    function test_RevertGiven_TheNodeIsJailed() external {
        jail(node);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeInStatus.selector, node, NodeStatus.JAILED));
        addStake(1);
    }

    function test_WhenSettingMaxOpen() external {
        post(order);
        claim(order, 0, node);
        vm.expectEmit(address(market));
        emit IMarketEvents.MaxOpenSet(node, 0);
        vm.prank(owner);
        market.setMaxOpen(node, 0);
        settle(order, finish(order, 0, node, Status.OK, 1), consumer);
        order.salt = 2;
        post(order);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeFull.selector, node, 0, 0));
        claim(order, 0, node);
    }

    function test_RevertWhen_TheClassNeedsIt() external {
        addStake(10e6);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeTooLow.selector, node, 10e6, 10e6 + 1));
        unstake(10e6 + 1);
        suspend(); // already below: nothing can leave
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeTooLow.selector, node, 9_800_000, 9_800_001));
        unstake(9_800_001);
    }

    function test_RevertWhen_BondsNeedIt() external {
        addStake(10e6);
        order.bond = 105e6;
        post(order);
        claim(order, 0, node);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeTooLow.selector, node, 5e6, 5e6 + 1));
        unstake(5e6 + 1);
        vm.prank(owner);
        market.retire(node);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeTooLow.selector, node, 5e6, 5e6 + 1));
        unstake(5e6 + 1);
        unstake(5e6);
    }

    function test_WhenItIsFree() external {
        addStake(10e6);
        vm.expectEmit(address(market));
        emit IMarketEvents.UnstakeRequested(node, 10e6, uint32(time + UNBONDING));
        unstake(10e6);
        NodeView memory n = market.nodeOf(node);
        vm.assertEq(n.stake, MIN_STAKE + 10e6); // still slashable, still shown
        vm.assertEq(n.unbonding, 10e6);
        vm.assertEq(n.unbondAt, time + UNBONDING);
        order.bond = MIN_STAKE + 1; // but no bond may lean on it
        post(order);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeTooLow.selector, node, MIN_STAKE, MIN_STAKE + 1));
        claim(order, 0, node);
    }

    function test_WhenAskedAgain() external {
        addStake(10e6);
        unstake(4e6);
        skip(UNBONDING);
        unstake(6e6);
        vm.assertEq(market.nodeOf(node).unbonding, 10e6);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeBound.selector, node, time + UNBONDING, 0));
        withdrawStake();
    }

    function test_RevertWhen_ItIsTooEarly() external {
        addStake(10e6);
        unstake(10e6);
        uint256 ends = time + UNBONDING;
        skip(UNBONDING - 1);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeBound.selector, node, ends, 0));
        withdrawStake();
    }

    function test_RevertGiven_AJobIsUnsettled() external {
        addStake(10e6);
        post(order);
        claim(order, 0, node);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 1);
        unstake(10e6); // right after a submit
        uint256 ends = time + UNBONDING;
        skip(UNBONDING);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeBound.selector, node, ends, 1));
        withdrawStake();
        settle(order, receipt, keeper);
        withdrawStake();
    }

    function test_WhenAllIsSettled() external {
        addStake(10e6);
        unstake(10e6);
        skip(UNBONDING);
        Books memory b = books();
        vm.expectEmit(address(market));
        emit IMarketEvents.StakeWithdrawn(node, owner, 10e6);
        withdrawStake();
        b.ownerFree += 10e6;
        b.stake -= 10e6;
        assertBooks(b);
        NodeView memory n = market.nodeOf(node);
        vm.assertEq(n.unbonding, 0);
        vm.assertEq(n.unbondAt, 0);
        withdrawStake(); // nothing more to take
        assertBooks(b);
    }

    function test_RevertGiven_ItIsRetiredAlready() external {
        vm.startPrank(owner);
        market.retire(node);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeInStatus.selector, node, NodeStatus.RETIRED));
        market.retire(node);
    }

    function test_GivenItIsSuspended() external {
        suspend();
        vm.prank(owner);
        market.retire(node);
        vm.assertEq(market.classOf(CLASS).active, 1);
        vm.assertEq(market.classOf(CLASS).owners, 1);
    }

    function test_GivenItHasLiveJobs() external {
        post(order);
        claim(order, 0, node);
        vm.expectEmit(address(market));
        emit IMarketEvents.NodeRetired(node);
        vm.prank(owner);
        market.retire(node);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 100);
        unstake(MIN_STAKE - 1e6); // all but the bond
        settle(order, receipt, consumer);
        unstake(1e6);
        skip(UNBONDING);
        withdrawStake();
        vm.assertEq(books().stake, 0);
        vm.assertEq(books().ownerFree, 1_000e6 + 980_000);
    }

    function suspend() private {
        order.salt = 99;
        order.maxPrice = order.startPrice = 1e6;
        if (market.nodeOf(node).stake > MIN_STAKE) {
            market.setClass(CLASS, market.nodeOf(node).stake, STEP, "raised");
        }
        post(order);
        claim(order, 0, node);
        skip(order.maxRun + 1);
        vm.prank(keeper);
        market.expire(order.pack(), one(0));
        assertStatus(node, NodeStatus.SUSPENDED);
        if (market.classOf(CLASS).minStake > MIN_STAKE) market.setClass(CLASS, MIN_STAKE, STEP, "as before");
    }

    function addStake(uint80 amount) private {
        vm.prank(owner);
        market.addStake(node, amount);
    }

    function unstake(uint80 amount) private {
        vm.prank(owner);
        market.requestUnstake(node, amount);
    }

    function withdrawStake() private {
        vm.prank(owner);
        market.withdrawStake(node);
    }
}
