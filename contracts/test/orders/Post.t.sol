// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Status} from "../../types/Result.sol";
import {Params} from "../../types/Settings.sol";
import {Order, Terms} from "../../types/Terms.sol";
import {OrderView} from "../../types/Views.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract PostTest is MarketTest {
    using TermsPacker for Order;

    Order internal order;

    function setUp() public override {
        super.setUp();
        order = someOrder();
    }

    function test_RevertWhen_TheCallerIsNotTheConsumer() external {
        refuse(abi.encodeWithSelector(IMarketErrors.OrderNotYours.selector, keeper, consumer));
        vm.prank(keeper);
        market.post(order.pack(), "");
    }

    function test_RevertWhen_UnusedBitsAreSet() external {
        Terms memory terms = order.pack();
        terms.nodeShape |= 1 << 248;
        refuseTerms(terms);
        terms = order.pack();
        terms.nodeShape |= 2; // `metered` is 0 or 1
        refuseTerms(terms);
        terms = order.pack();
        terms.price |= 1 << 224;
        refuseTerms(terms);
        terms = order.pack();
        terms.bondFee |= 1 << 112;
        refuseTerms(terms);
    }

    function test_RevertWhen_ReplicasOrQuorumAreOutOfBounds() external {
        order.replicas = 0;
        refuseTerm("replicas", 0, 1, 7);
        order.replicas = 8;
        refuseTerm("replicas", 8, 1, 7);
        order.quorum = 2;
        refuseTerm("quorum", 2, 1, 1);
        (order.replicas, order.quorum) = (4, 2); // two pairs could both reach it
        refuseTerm("quorum", 2, 3, 4);
        (order.replicas, order.quorum) = (3, 4);
        refuseTerm("quorum", 4, 2, 3);
        (order.replicas, order.quorum, order.lots) = (3, 2, type(uint32).max / 3 + 1);
        refuseTerm("lots", order.lots, 1, type(uint32).max / 3);
        // The verifier already tells which result is right.
        (order.replicas, order.quorum, order.verifier) = (3, 2, keeper);
        refuseTerm("replicas", 3, 1, 1);
    }

    function test_WhenItAsksForReplicas() external {
        (order.replicas, order.quorum, order.lots) = (3, 2, 2);
        post(order);
        vm.assertEq(market.orderOf(order.pack()).unclaimed, 6);
        vm.assertEq(books().consumerFree, 994e6);
    }

    function test_WhenItNamesAVerifier() external {
        order.verifier = keeper;
        order.challengeFor = 0;
        order.maxRun = 7 days; // no juror runs it again
        post(order);
        order.maxRun += 1;
        refuse(
            abi.encodeWithSelector(IMarketErrors.TermOutOfBounds.selector, bytes32("maxRun"), 7 days + 1, 1, 7 days)
        );
        post(order);
    }

    function test_RevertWhen_ItNamesAnUnknownArbiter() external {
        order.arbiter = keeper;
        refuse(abi.encodeWithSelector(IMarketErrors.ArbiterNotEnabled.selector, keeper));
        post(order);
    }

    function test_WhenItNamesAnEnabledArbiter() external {
        order.arbiter = keeper;
        vm.expectEmit(address(market));
        emit IMarketEvents.ArbiterEnabled(keeper);
        market.enableArbiter(keeper);
        vm.assertTrue(market.arbiterEnabled(keeper));
        post(order);
    }

    function test_RevertGiven_TheClassDoesNotExist() external {
        order.class = 9;
        refuse(abi.encodeWithSelector(IMarketErrors.ClassUnknown.selector, 9));
        post(order);
    }

    function test_RevertWhen_NewWorkIsPaused() external {
        market.pauseNew(uint32(time + 1));
        refuse(abi.encodeWithSelector(IMarketErrors.NewWorkPaused.selector, time + 1));
        post(order);
        skip(1);
        post(order);
    }

    function test_RevertWhen_ATermIsOutOfBounds() external {
        order.lots = 0;
        refuseTerm("lots", 0, 1, type(uint32).max);
        order.tasksPerLot = 0;
        refuseTerm("tasksPerLot", 0, 1, type(uint32).max);
        order.challengeFor = CHALLENGE_FLOOR - 1;
        refuseTerm("challengeFor", CHALLENGE_FLOOR - 1, CHALLENGE_FLOOR, 2 days);
        order.challengeFor = 2 days + 1;
        refuseTerm("challengeFor", 2 days + 1, CHALLENGE_FLOOR, 2 days);
        order.maxRun = 0;
        refuseTerm("maxRun", 0, 1, 1 days);
        order.maxRun = 1 days + 1;
        refuseTerm("maxRun", 1 days + 1, 1, 1 days);
        order.tasksPerLot = 100;
        order.maxRun = 7 days + 1;
        refuseTerm("maxRun", 7 days + 1, 1, 7 days);
        order.postBy = uint32(time - 1);
        refuseTerm("postBy", time - 1, time, type(uint32).max);
        order.openFor = 0;
        refuseTerm("openFor", 0, 1, type(uint24).max);
        order.openFor = 1 << 24;
        refuseTerm("openFor", 1 << 24, 1, type(uint24).max);
        order.startPrice = 1e6 + 1;
        refuseTerm("startPrice", 1e6 + 1, 0, 1e6);
        order.startPrice = order.maxPrice = 999;
        refuseTerm("maxPrice", 999, 1_000, type(uint96).max);
        order.metered = true;
        order.maxPrice = type(uint96).max / 1_000;
        refuseTerm("maxPrice", uint256(order.maxPrice) * 3_600, 1_000, type(uint96).max);
        order.failBps = 999;
        refuseTerm("failBps", 999, 1_000, 9_000);
        order.failBps = 10_000;
        refuseTerm("failBps", 10_000, 1_000, 9_000);
        order.maxPrice = 1e6 + 1;
        order.bond = 1e5; // a tenth of the escrow is 100000.1
        refuseTerm("bond", 1e5, 1e5 + 1, type(uint80).max);
        order.bond = 1 << 80;
        refuseTerm("bond", 1 << 80, 1e5, type(uint80).max);
    }

    function test_RevertGiven_TheFeeHasChanged() external {
        market.setParams(Params(201, 1_000, 1_000));
        refuseTerm("feeBps", 200, 201, 201);
    }

    function test_RevertGiven_ItIsOpen() external {
        bytes32 id = post(order);
        refuse(abi.encodeWithSelector(IMarketErrors.OrderKnown.selector, id));
        post(order);

        order.lots = 2;
        id = post(order);
        refuse(abi.encodeWithSelector(IMarketErrors.OrderKnown.selector, id));
        post(order);
    }

    function test_RevertGiven_ItIsOverButPostByIsNot() external {
        bytes32 id = post(order);
        claim(order, 0, node);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        settle(order, receipt, consumer);
        refuse(abi.encodeWithSelector(IMarketErrors.OrderKnown.selector, id));
        post(order);
    }

    function test_RevertGiven_ItWasRevoked() external {
        revokeThenPost();
        order.lots = 2;
        revokeThenPost();
    }

    function test_RevertGiven_TheBalanceIsTooLow() external {
        order.maxPrice = order.startPrice = 1_000e6 + 1;
        order.bond = 100e6 + 1;
        refuse(abi.encodeWithSelector(IMarketErrors.BalanceTooLow.selector, consumer, 1_000e6, 1_000e6 + 1));
        post(order);
    }

    function test_WhenItHasOneJob() external {
        bytes32 id = market.orderId(order);
        vm.expectEmit(address(market));
        emit IMarketEvents.Posted(id, consumer, CLASS, order.pack(), "ipfs://bundle");
        vm.assertEq(post(order), id);

        OrderView memory o = market.orderOf(order.pack());
        vm.assertTrue(o.posted && !o.closed);
        vm.assertEq(o.postedAt, time);
        vm.assertEq(o.unclaimed, 1);
        vm.assertEq(o.escrow, 1e6);
        vm.assertEq(books().consumerFree, 999e6);
        assertState(order, 0, JobState.OPEN);
    }

    function test_WhenItHasSeveralJobs() external {
        order.lots = 64;
        order.tasksPerLot = 1_000;
        post(order);
        OrderView memory o = market.orderOf(order.pack());
        vm.assertTrue(o.posted && !o.closed);
        vm.assertEq(o.postedAt, time);
        vm.assertEq(o.unclaimed, 64);
        vm.assertEq(o.escrow, 64e6);
        vm.assertEq(books().consumerFree, 936e6);
        assertState(order, 63, JobState.OPEN);
    }

    function test_WhenPricesAreExtreme() external {
        order.maxPrice = type(uint96).max;
        order.startPrice = 1;
        order.lots = type(uint32).max;
        order.bond = type(uint80).max;
        market.setParams(Params(200, 0, 0));
        uint256 escrow = uint256(type(uint96).max) * type(uint32).max;
        fund(consumer, escrow);
        post(order);
        vm.assertEq(market.orderOf(order.pack()).escrow, escrow);
        vm.prank(consumer);
        market.close(order.pack());
        vm.assertEq(books().consumerFree, 1_000e6 + escrow);
    }

    function refuseTerms(Terms memory terms) private {
        refuse(abi.encodeWithSelector(IMarketErrors.TermsNotCanonical.selector));
        vm.prank(consumer);
        market.post(terms, "");
    }

    /// @dev Expects the refusal, then restores the order.
    function refuseTerm(bytes32 term, uint256 actual, uint256 least, uint256 most) private {
        refuse(abi.encodeWithSelector(IMarketErrors.TermOutOfBounds.selector, term, actual, least, most));
        post(order);
        order = someOrder();
    }

    function revokeThenPost() private {
        bytes32 id = market.orderId(order);
        vm.expectEmit(address(market));
        emit IMarketEvents.Closed(id, 0);
        vm.prank(consumer);
        market.close(order.pack());
        refuse(abi.encodeWithSelector(IMarketErrors.OrderKnown.selector, id));
        post(order);
    }
}
