// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Class} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Status} from "../../types/Result.sol";
import {Params} from "../../types/Settings.sol";
import {Order} from "../../types/Terms.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract GovernanceTest is MarketTest {
    using TermsPacker for Order;

    function test_RevertWhen_TheCallerHasNoRole() external {
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, keeper);
        vm.startPrank(keeper);
        refuse(refusal);
        market.setClass(2, 1, 1, "");
        refuse(refusal);
        market.setParams(Params(1, 1, 1));
        refuse(refusal);
        market.pauseNew(uint32(time + 1));
        refuse(refusal);
        market.payTreasury(keeper, 0);
    }

    function test_RevertWhen_AClassIsIncomplete() external {
        refuse(abi.encodeWithSelector(IMarketErrors.ClassIncomplete.selector, 2));
        market.setClass(2, 0, 1, "");
        refuse(abi.encodeWithSelector(IMarketErrors.ClassIncomplete.selector, 2));
        market.setClass(2, 1, 0, "");
    }

    function test_RevertWhen_AClassWouldChangeItsStep() external {
        refuse(abi.encodeWithSelector(IMarketErrors.ClassStepFixed.selector, CLASS, STEP));
        market.setClass(CLASS, MIN_STAKE, STEP + 1, "");
    }

    function test_WhenAClassIsSet() external {
        vm.expectEmit(address(market));
        emit IMarketEvents.ClassSet(CLASS, 7, STEP, "new document");
        market.setClass(CLASS, 7, STEP, "new document");
        Class memory class = market.classOf(CLASS);
        vm.assertEq(class.minStake, 7);
        vm.assertEq(class.step, STEP);
        vm.assertEq(class.active, 2);
        vm.assertEq(class.owners, 2);
    }

    function test_RevertWhen_AParameterIsOutOfBounds() external {
        refuse(abi.encodeWithSelector(IMarketErrors.ParamOutOfBounds.selector, bytes32("feeBps"), 501, 500));
        market.setParams(Params(501, 0, 0));
        refuse(abi.encodeWithSelector(IMarketErrors.ParamOutOfBounds.selector, bytes32("minBondBps"), 10_001, 10_000));
        market.setParams(Params(0, 10_001, 0));
    }

    function test_WhenParametersAreSet() external {
        Order memory order = someOrder();
        post(order);
        vm.expectEmit(address(market));
        emit IMarketEvents.ParamsSet(Params(500, 10_000, 2e6));
        market.setParams(Params(500, 10_000, 2e6));
        vm.assertEq(market.params().feeBps, 500);
        claim(order, 0, node);
        Books memory b = books();
        settle(order, finish(order, 0, node, Status.OK, 1), consumer);
        vm.assertEq(books().ownerFees, b.ownerFees + 20_000); // 2 %, as signed
    }

    function test_RevertWhen_APauseIsTooLong() external {
        refuse(abi.encodeWithSelector(IMarketErrors.PauseTooLong.selector, time + 7 days + 1, time + 7 days));
        market.pauseNew(uint32(time + 7 days + 1));
    }

    function test_RevertWhen_APauseIsRepeatedTooSoon() external {
        market.pauseNew(uint32(time + 7 days));
        uint256 again = time + 14 days;
        skip(14 days - 1);
        refuse(abi.encodeWithSelector(IMarketErrors.PauseCoolingDown.selector, again));
        market.pauseNew(uint32(time + 1));
        skip(1);
        market.pauseNew(uint32(time + 1));
    }

    function test_RevertWhen_APauseIsExtended() external {
        market.pauseNew(uint32(time + 100));
        refuse(abi.encodeWithSelector(IMarketErrors.PauseTooLong.selector, time + 101, time + 100));
        market.pauseNew(uint32(time + 101));
    }

    function test_WhenAPauseIsShortened() external {
        market.pauseNew(uint32(time + 100));
        skip(50);
        vm.expectEmit(address(market));
        emit IMarketEvents.PausedUntil(uint32(time));
        market.pauseNew(0);
        vm.assertEq(market.pausedUntil(), time);
        post(someOrder());
        refuse(abi.encodeWithSelector(IMarketErrors.PauseCoolingDown.selector, time + 7 days));
        market.pauseNew(uint32(time + 1));
    }

    /// @dev Invariant 11: every other call works, and everybody can leave.
    function test_WhenWorkIsPaused() external {
        Order memory order = someOrder();
        order.beatEvery = 400;
        order.lots = 4;
        post(order);
        for (uint32 job = 0; job < 3; ++job) claim(order, job, node);
        market.pauseNew(uint32(time + 7 days));
        refuse(abi.encodeWithSelector(IMarketErrors.NewWorkPaused.selector, time + 7 days));
        claim(order, 3, node);
        Order memory other = someOrder();
        refuse(abi.encodeWithSelector(IMarketErrors.NewWorkPaused.selector, time + 7 days));
        post(other);

        vm.prank(node);
        market.beat(order.pack(), one(0));
        vm.prank(consumer);
        market.stop(order.pack(), 1);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 100);
        settle(order, receipt, consumer);
        receipt = finish(order, 1, node, Status.STOPPED, 100);
        skip(order.challengeFor);
        settle(order, receipt, keeper);
        vm.prank(keeper);
        market.expire(order.pack(), one(2));
        vm.prank(consumer);
        market.close(order.pack());
        market.sweep(owner);
        fund(keeper, 1);
        register(otherOwner, 0x5EED);
        vm.startPrank(owner);
        market.retire(node);
        market.requestUnstake(node, market.nodeOf(node).stake);
        skip(18 days);
        market.withdrawStake(node);
        (uint256 free, ) = market.accountOf(owner);
        market.withdraw(owner, free);
        vm.stopPrank();
        (free, ) = market.accountOf(consumer);
        vm.prank(consumer);
        market.withdraw(consumer, free);
        vm.assertEq(books().stake, 0);
        vm.assertEq(books().consumerFree, 0);
    }

    function test_RevertWhen_TheTreasuryHasTooLittle() external {
        refuse(abi.encodeWithSelector(IMarketErrors.TreasuryTooLow.selector, 0, 1));
        market.payTreasury(keeper, 1);
    }

    function test_WhenTheTreasuryPays() external {
        Order memory order = someOrder();
        post(order);
        claim(order, 0, node);
        settle(order, finish(order, 0, node, Status.OK, 1), consumer);
        market.sweep(owner);
        vm.expectEmit(address(market));
        emit IMarketEvents.TreasuryPaid(keeper, 9_000);
        market.payTreasury(keeper, 9_000);
        vm.assertEq(asset.balanceOf(keeper), 9_000);
        vm.assertEq(books().treasury, 1_000);
        vm.assertEq(books().pool, 10_000);
    }
}
