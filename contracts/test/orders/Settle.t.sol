// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Params} from "../../types/Settings.sol";
import {Order} from "../../types/Terms.sol";
import {OrderView} from "../../types/Views.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract SettleTest is MarketTest {
    using TermsPacker for Order;

    Order internal order;
    uint256 private constant SUBMITTED = (1 << 5) | (1 << 6);

    function setUp() public override {
        super.setUp();
        order = someOrder();
    }

    function test_RevertGiven_TheJobIsNotSubmitted() external {
        bytes32 id = post(order);
        Receipt memory receipt = Receipt(0, node, 1e6, uint32(time), "digest");
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.OPEN, SUBMITTED));
        settle(order, receipt, consumer);
        claim(order, 0, node);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.RUNNING, SUBMITTED));
        settle(order, receipt, consumer);
    }

    function test_RevertWhen_TheReceiptIsNotTheOneStored() external {
        Receipt memory receipt = ran(Status.OK, 10);
        receipt.pay += 1;
        refuseMismatch(receipt);
        receipt.pay -= 1;
        receipt.node = otherNode;
        refuseMismatch(receipt);
        receipt.node = node;
        receipt.submittedAt += 1;
        refuseMismatch(receipt);
        receipt.submittedAt -= 1;
        receipt.digest = "another";
        refuseMismatch(receipt);
    }

    function test_RevertWhen_AnyoneCallsWithinTheChallengeWindow() external {
        Receipt memory receipt = ran(Status.OK, 10);
        uint256 until = time + order.challengeFor;
        skip(order.challengeFor - 1);
        refuse(abi.encodeWithSelector(IMarketErrors.ChallengeWindowOpen.selector, market.orderId(order), 0, until));
        settle(order, receipt, keeper);
        skip(1);
        settle(order, receipt, keeper);
    }

    function test_RevertWhen_TheCallerIsNotTheConsumer() external {
        Receipt memory receipt = ran(Status.OK, 10);
        skip(order.challengeFor);
        jail(node);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeInStatus.selector, node, NodeStatus.JAILED));
        settle(order, receipt, keeper);
    }

    function test_WhenTheCallerIsTheConsumer() external {
        Receipt memory receipt = ran(Status.OK, 10);
        jail(node);
        Books memory b = books();
        vm.assertEq(b.locked, 0);
        settle(order, receipt, consumer);
        b.ownerFree += 980_000;
        b.ownerFees += 20_000;
        b.open = 0;
        assertBooks(b);
    }

    function test_WhenTheConsumerAccepts() external {
        Receipt memory receipt = ran(Status.OK, 10);
        vm.expectEmit(address(market));
        emit IMarketEvents.Settled(market.orderId(order), 0, node, 1e6, 20_000, 0);
        settle(order, receipt, consumer);
        assertState(order, 0, JobState.PAID);
    }

    function test_GivenTheResultIsOkAtAFixedPrice() external {
        payout(Status.OK, 10, 1e6, 20_000);
    }

    function test_GivenTheResultIsOkAndMetered() external {
        order.metered = true;
        order.maxPrice = order.startPrice = 333;
        // 333 x 1001 s of at most 333 x 3600; the fee of 6666.66 rounds down
        payout(Status.OK, 1_001, 333_333, 6_666);
    }

    function test_GivenTheResultIsOkWithinARamp() external {
        order.startPrice = 100_000;
        order.rampFor = 700;
        post(order);
        skip(333); // 100000 + 900000 x 333 / 700 = 528142.85
        claim(order, 0, node);
        skip(10);
        uint256 price = market.unitPrice(order.pack(), 333);
        vm.assertEq(price, 528_142);
        submit(order, 0, node, resultOf(order, 0, Status.OK, 10));
        bytes32 digest = market.digestOf(order.pack(), 0, node, resultSince(10));
        Books memory b = books();
        settle(order, Receipt(0, node, uint96(price), uint32(time), digest), consumer);
        b.ownerFree += price - 10_562;
        b.ownerFees += 10_562;
        b.consumerFree += 1e6 - price;
        b.locked -= order.bond;
        b.open -= 1;
        assertBooks(b);
    }

    function test_GivenTheResultIsAFailureAtAFixedPrice() external {
        // 1000000 x 1/2 x 1001 / 3600 = 139027.77
        payout(Status.NONZERO_EXIT, 1_001, 139_027, 2_780);
    }

    function test_GivenTheResultIsAFailureAndMetered() external {
        order.metered = true;
        order.maxPrice = order.startPrice = 333;
        payout(Status.OUT_OF_MEMORY, 1_001, 166_666, 3_333); // 166666.5
    }

    function test_GivenTheJobWasStopped() external {
        post(order);
        claim(order, 0, node);
        skip(100);
        vm.prank(consumer);
        market.stop(order.pack(), 0);
        Receipt memory receipt = finish(order, 0, node, Status.STOPPED, 500);
        // billed 500 s, of 600 since the claim: 1000000 x 1/2 x 500 / 3600
        paid(receipt, 69_444, 1_388);
    }

    function test_GivenTheOrderHasSeveralJobs() external {
        order.lots = 3;
        post(order);
        claim(order, 0, node);
        claim(order, 2, node);
        Receipt[] memory receipts = new Receipt[](2);
        receipts[1] = finish(order, 0, node, Status.OK, 100);
        receipts[0] = finish(order, 2, node, Status.TIMEOUT, 3_500); // 486111.1
        Books memory b = books();
        vm.prank(consumer);
        market.settle(order.pack(), receipts);

        b.ownerFree += 1e6 - 20_000 + 486_111 - 9_722;
        b.ownerFees += 20_000 + 9_722;
        b.consumerFree += 1e6 - 486_111;
        b.locked = b.open = 0;
        assertBooks(b);
        OrderView memory o = market.orderOf(order.pack());
        vm.assertEq(o.escrow, 1e6);
        vm.assertEq(o.unclaimed, 1);
        assertState(order, 0, JobState.PAID);
        assertState(order, 1, JobState.OPEN);
        assertState(order, 2, JobState.PAID);
    }

    function test_RevertWhen_AReceiptIsGivenTwice() external {
        Receipt memory receipt = ran(Status.OK, 10);
        Receipt[] memory twice = new Receipt[](2);
        twice[0] = twice[1] = receipt;
        bytes memory refusal = abi.encodeWithSelector(
            IMarketErrors.JobInState.selector,
            market.orderId(order),
            0,
            JobState.PAID,
            SUBMITTED
        );
        refuse(refusal);
        vm.prank(consumer);
        market.settle(order.pack(), twice);

        bytes[] memory calls = new bytes[](2);
        calls[0] = calls[1] = abi.encodeCall(market.settle, (order.pack(), one(receipt)));
        refuse(refusal);
        vm.prank(consumer);
        market.multicall(calls);
    }

    function test_GivenPostByIsOver() external {
        Receipt memory receipt = ran(Status.OK, 10);
        skip(1 days);
        settle(order, receipt, keeper);
        assertState(order, 0, JobState.NONE);
        vm.assertFalse(market.orderOf(order.pack()).posted);
        refuse(
            abi.encodeWithSelector(
                IMarketErrors.TermOutOfBounds.selector,
                bytes32("postBy"),
                order.postBy,
                time,
                type(uint32).max
            )
        );
        post(order);
    }

    /// @dev Changing parameters in between must not move a unit.
    function payout(uint8 status, uint32 seconds_, uint256 pay, uint256 fee) private {
        Receipt memory receipt = ran(status, seconds_);
        market.setParams(Params(500, 10_000, 1e9));
        paid(receipt, pay, fee);
    }

    function paid(Receipt memory receipt, uint256 pay, uint256 fee) private {
        Books memory b = books();
        uint256 escrow = market.orderOf(order.pack()).escrow;
        skip(order.challengeFor);
        vm.expectEmit(address(market));
        emit IMarketEvents.Settled(market.orderId(order), 0, node, pay, fee, escrow - pay);
        settle(order, receipt, keeper);
        b.consumerFree += escrow - pay;
        b.ownerFree += pay - fee;
        b.ownerFees += fee;
        b.locked -= order.bond;
        b.open -= 1;
        assertBooks(b);
        assertState(order, 0, JobState.PAID);
        vm.assertEq(market.orderOf(order.pack()).escrow, 0);
    }

    function ran(uint8 status, uint32 seconds_) private returns (Receipt memory) {
        post(order);
        claim(order, 0, node);
        return finish(order, 0, node, status, seconds_);
    }

    function resultSince(uint32 seconds_) private view returns (Result memory) {
        return resultAt(Status.OK, uint32(time - seconds_), uint32(time), seconds_);
    }

    function refuseMismatch(Receipt memory receipt) private {
        refuse(abi.encodeWithSelector(IMarketErrors.ReceiptMismatch.selector, market.orderId(order), 0));
        settle(order, receipt, consumer);
    }
}
