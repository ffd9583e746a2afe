// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {JobState} from "../../types/JobSlot.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {JobView, OrderView} from "../../types/Views.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract CloseTest is MarketTest {
    using TermsPacker for Order;

    Order internal order;
    bytes32 internal id;

    function setUp() public override {
        super.setUp();
        order = someOrder();
        id = post(order);
    }

    function test_RevertWhen_TheCallerIsNotTheConsumer() external {
        order.salt = 2;
        refuseUnknown(keeper);
        order.lots = 2;
        refuseUnknown(keeper);
    }

    function test_RevertWhen_PostByIsOver() external {
        order.salt = 2;
        order.postBy = uint32(time - 1);
        refuseUnknown(consumer);
        order.lots = 2;
        refuseUnknown(consumer);
    }

    function test_WhenTheConsumerRevokesIt() external {
        order.salt = 2;
        close(consumer);
        assertState(order, 0, JobState.VOID);
        order.lots = 2;
        close(consumer);
        assertState(order, 1, JobState.VOID);
        OrderView memory o = market.orderOf(order.pack());
        vm.assertTrue(o.closed && !o.posted);
        refuse(abi.encodeWithSelector(IMarketErrors.OrderKnown.selector, market.orderId(order)));
        post(order);
    }

    function test_RevertWhen_AnyoneElseCallsBeforeClaimsAreOver() external {
        uint256 until = time + order.openFor;
        skip(order.openFor);
        refuse(abi.encodeWithSelector(IMarketErrors.OrderStillOpen.selector, id, until));
        close(keeper);
    }

    function test_WhenAnyoneCallsAfterClaimsAreOver() external {
        skip(order.openFor + 1);
        close(keeper);
        vm.assertEq(books().consumerFree, 1_000e6);
        vm.assertEq(books().keeperFree, 0);
    }

    function test_RevertGiven_ItIsClosedAlready() external {
        claim(order, 0, node);
        close(consumer);
        refuse(abi.encodeWithSelector(IMarketErrors.OrderAlreadyClosed.selector, id));
        close(consumer);

        order.lots = 2;
        post(order);
        close(consumer);
        refuse(abi.encodeWithSelector(IMarketErrors.OrderAlreadyClosed.selector, market.orderId(order)));
        close(consumer);
    }

    function test_GivenItsOneJobIsOpen() external {
        Books memory b = books();
        vm.expectEmit(address(market));
        emit IMarketEvents.Closed(id, 1e6);
        close(consumer);
        b.consumerFree += 1e6;
        assertBooks(b);
        assertState(order, 0, JobState.VOID);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.VOID, 1 << 1));
        claim(order, 0, node);
    }

    function test_GivenItsOneJobIsRunning() external {
        claim(order, 0, node);
        Books memory b = books();
        vm.expectEmit(address(market));
        emit IMarketEvents.Closed(id, 0);
        close(consumer);
        assertBooks(b);
        JobView memory job = market.jobOf(order.pack(), 0);
        vm.assertTrue(job.closed && job.state == JobState.RUNNING && job.node == node);

        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        settle(order, receipt, consumer); // its node is paid in full
        vm.assertEq(books().ownerFree, b.ownerFree + 980_000);
    }

    function test_RevertGiven_ItsOneJobIsSubmitted() external {
        claim(order, 0, node);
        finish(order, 0, node, Status.OK, 10);
        refuse(
            abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.SUBMITTED_OK, (1 << 1) | (1 << 2))
        );
        close(consumer);
    }

    function test_GivenItHasSeveralJobs() external {
        order.lots = 3;
        bytes32 several = post(order);
        claim(order, 1, node);
        Books memory b = books();
        vm.expectEmit(address(market));
        emit IMarketEvents.Closed(several, 2e6);
        close(consumer);
        b.consumerFree += 2e6;
        assertBooks(b);
        OrderView memory o = market.orderOf(order.pack());
        vm.assertTrue(o.closed);
        vm.assertEq(o.escrow, 1e6);
        vm.assertEq(o.unclaimed, 0);
        assertState(order, 0, JobState.VOID);
        assertState(order, 1, JobState.RUNNING);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, several, 0, JobState.VOID, 1 << 1));
        claim(order, 0, node);
    }

    function test_WhenItIsClaimedInTheSameBlock() external {
        close(consumer);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.VOID, 1 << 1));
        claim(order, 0, node);

        order.salt = 2;
        post(order);
        claim(order, 0, node);
        close(consumer);
        assertState(order, 0, JobState.RUNNING);
    }

    function close(address caller) private {
        vm.prank(caller);
        market.close(order.pack());
    }

    function refuseUnknown(address caller) private {
        refuse(abi.encodeWithSelector(IMarketErrors.OrderUnknown.selector, market.orderId(order)));
        close(caller);
    }
}
