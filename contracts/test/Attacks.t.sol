// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {DelegatedOnly} from "../DelegatedOnly.sol";
import {IMarket} from "../interfaces/IMarket.sol";
import {IMarketErrors} from "../interfaces/IMarketErrors.sol";
import {JobState} from "../types/JobSlot.sol";
import {Receipt} from "../types/Receipt.sol";
import {Result, Status} from "../types/Result.sol";
import {Config} from "../types/Settings.sol";
import {Order, Terms} from "../types/Terms.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {TermsPacker} from "./base/TermsPacker.sol";

/// @notice The moves of mechanism.md 12 that exist so far and are not a branch of one call alone.
contract AttacksTest is MarketTest {
    using TermsPacker for Order;

    Order internal order;
    bytes32 internal id;

    function setUp() public override {
        super.setUp();
        order = someOrder();
        id = post(order);
    }

    function test_WhenAnOrderIsReplayedOnAnotherChainOrMarket() external {
        IMarket other = deploy(address(asset));
        vm.assertTrue(other.orderId(order) != id);
        vm.chainId(1);
        vm.assertTrue(market.orderId(order) != id);
        assertState(order, 0, JobState.NONE); // as if never posted
    }

    function test_RevertWhen_AnOrderIsPostedAgainAfterClose() external {
        vm.prank(consumer);
        market.close(order.pack());
        refuse(abi.encodeWithSelector(IMarketErrors.OrderKnown.selector, id));
        post(order);
        skip(1 days); // no tombstone needed any more
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

    function test_WhenTermsAreMutatedUnderAKnownId() external {
        claim(order, 0, node);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        order.feeBps = 0; // dearer for the market
        refuseState(JobState.NONE);
        settle(order, receipt, consumer);
        order.feeBps = 200;
        order.consumer = keeper; // refund to another
        refuseState(JobState.NONE);
        settle(order, receipt, keeper);
        order.consumer = consumer;
        order.lots = 2; // another shape: another place
        refuseState(JobState.NONE);
        settle(order, receipt, consumer);
        order.lots = 1;
        settle(order, receipt, consumer);
    }

    function test_WhenTermsAreRepackedWithUnusedBitsSet() external {
        Terms memory dirty = order.pack();
        dirty.nodeShape |= 1 << 255;
        dirty.price |= 1 << 255;
        dirty.bondFee |= 1 << 255;
        vm.assertEq(market.orderIdOf(dirty), id);
        vm.prank(node);
        market.claim(dirty, 0); // the same order, the same rules
        vm.assertEq(market.nodeOf(node).locked, order.bond);
        refuse(abi.encodeWithSelector(IMarketErrors.TermsNotCanonical.selector));
        vm.prank(consumer);
        market.post(dirty, "");
    }

    function test_WhenAReceiptIsMadeOfHashedParts() external {
        claim(order, 0, node);
        Receipt memory receipt = finish(order, 0, node, Status.NONZERO_EXIT, 10);
        receipt.pay = 1e6; // the price of success
        refuse(abi.encodeWithSelector(IMarketErrors.ReceiptMismatch.selector, id, 0));
        settle(order, receipt, consumer);
    }

    function test_WhenANodeUnstakesRightAfterASubmit() external {
        claim(order, 0, node);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        vm.startPrank(owner);
        market.retire(node);
        refuse(
            abi.encodeWithSelector(
                IMarketErrors.NodeStakeTooLow.selector,
                node,
                MIN_STAKE - order.bond,
                MIN_STAKE - order.bond + 1
            )
        );
        market.requestUnstake(node, MIN_STAKE - uint80(order.bond) + 1);
        market.requestUnstake(node, MIN_STAKE - uint80(order.bond));
        uint256 ends = time + 18 days;
        skip(18 days);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeBound.selector, node, ends, 1));
        market.withdrawStake(node);
        vm.stopPrank();
        settle(order, receipt, keeper);
        vm.prank(owner);
        market.withdrawStake(node);
    }

    function test_WhenAJailedNodeHasManyLiveJobs() external {
        vm.prank(owner);
        market.setMaxOpen(node, 60);
        order.lots = 60;
        id = post(order);
        Receipt[] memory receipts = new Receipt[](60);
        for (uint32 job = 0; job < 60; ++job) claim(order, job, node);
        for (uint32 job = 0; job < 30; ++job) receipts[job] = finish(order, job, node, Status.OK, 1);
        jail(node);
        uint32[] memory running = new uint32[](30);
        for (uint32 i = 0; i < 30; ++i) running[i] = 30 + i;
        market.expire(order.pack(), running);
        for (uint32 job = 0; job < 29; ++job) market.voidJob(order.pack(), receipts[job]);
        settle(order, receipts[29], consumer); // the consumer may still pay one
        vm.assertEq(books().open, 0);
        vm.assertEq(books().locked, 0);
        vm.assertEq(market.orderOf(order.pack()).escrow, 30e6);
        vm.assertEq(market.orderOf(order.pack()).unclaimed, 30);
    }

    function test_WhenExpireAndSubmitMeetInOneBlock() external {
        claim(order, 0, node);
        skip(order.maxRun);
        Result memory result = resultOf(order, 0, Status.OK, 1);
        refuse(abi.encodeWithSelector(IMarketErrors.DeadlineNotPassed.selector, id, 0, time));
        market.expire(order.pack(), one(0));
        submit(order, 0, node, result);

        order.salt = 2;
        id = post(order);
        claim(order, 0, node);
        skip(order.maxRun + 1);
        result = resultOf(order, 0, Status.OK, 1);
        refuse(abi.encodeWithSelector(IMarketErrors.DeadlinePassed.selector, id, 0, time - 1));
        submit(order, 0, node, result);
        market.expire(order.pack(), one(0));
    }

    function test_RevertWhen_AMulticallRepeatsASettle() external {
        claim(order, 0, node);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        skip(order.challengeFor);
        bytes[] memory calls = new bytes[](2);
        calls[0] = calls[1] = abi.encodeCall(market.settle, (order.pack(), one(receipt)));
        refuseState(JobState.PAID);
        vm.prank(keeper);
        market.multicall(calls);
    }

    function test_WhenAMulticallMixesBothPiecesOfCode() external {
        asset.mint(keeper, 2e6);
        order.consumer = keeper;
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(market.deposit, (keeper, 2e6));
        calls[1] = abi.encodeCall(market.post, (order.pack(), "ipfs://bundle"));
        calls[2] = abi.encodeCall(market.close, (order.pack())); // in the extension
        vm.startPrank(keeper);
        asset.approve(address(market), 2e6);
        bytes[] memory answers = market.multicall(calls);
        vm.assertEq(abi.decode(answers[1], (bytes32)), market.orderId(order));
        vm.assertEq(books().keeperFree, 2e6);
    }

    function test_RevertWhen_TheExtensionIsCalledDirectly() external {
        (, bytes memory answer) = address(market).staticcall(abi.encodeWithSignature("EXTENSION()"));
        IMarket extension = IMarket(abi.decode(answer, (address)));
        bytes memory refusal = abi.encodeWithSelector(DelegatedOnly.ExtensionCalledDirectly.selector);
        refuse(refusal);
        extension.sweep(owner);
        refuse(refusal);
        extension.depositWithPermit(owner, 1, time, 27, 0, 0);
        refuse(refusal);
        extension.setClass(1, 1, 1, "");
        refuse(refusal);
        extension.nodeOf(node);
    }

    function test_RevertWhen_AnUnknownFunctionIsCalled() external {
        (bool done, bytes memory answer) = address(market).call(hex"deadbeef");
        vm.assertFalse(done);
        vm.assertEq(answer, abi.encodeWithSelector(bytes4(keccak256("FailedCall()"))));
    }

    function test_RevertWhen_ANodeTriesToBePaidForAnothersResult() external {
        claim(order, 0, node);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        receipt.node = otherNode;
        refuse(abi.encodeWithSelector(IMarketErrors.ReceiptMismatch.selector, id, 0));
        settle(order, receipt, otherNode);
    }

    function test_RevertWhen_TheDeploymentCouldNotOutlastADispute() external {
        Config memory config = Config(address(asset), 0, 1 days, 0, address(0));
        bytes memory code = bytes.concat(vm.getCode("MarketDisputes"), abi.encode(config, authority));
        address made;
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        vm.assertEq(made, address(0));
        config.challengeFloor -= 1;
        create("MarketDisputes", abi.encode(config, authority));
    }

    function refuseState(JobState state) private {
        refuse(
            abi.encodeWithSelector(
                IMarketErrors.JobInState.selector,
                market.orderId(order),
                0,
                state,
                (1 << 5) | (1 << 6)
            )
        );
    }
}
