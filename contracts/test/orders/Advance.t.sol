// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {JobState} from "../../types/JobSlot.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract AdvanceTest is MarketTest {
    using TermsPacker for Order;

    uint32 private constant NO_JOB = type(uint32).max;
    Order internal order;
    bytes32 internal id;

    function setUp() public override {
        super.setUp();
        order = someOrder();
        order.lots = 4;
        id = post(order);
    }

    function test_WhenItNamesNothingToDo() external {
        Books memory b = books();
        Result memory none;
        advance(new Receipt[](0), NO_JOB, none, NO_JOB);
        assertBooks(b);
    }

    function test_WhenItSettlesSubmitsAndClaims() external {
        claim(order, 0, node);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        claim(order, 1, node);
        skip(order.challengeFor);
        Result memory result = resultOf(order, 1, Status.OK, 5);
        bytes32 digest = market.digestOf(order.pack(), 1, node, result);
        vm.expectEmit(address(market));
        emit IMarketEvents.Settled(id, 0, node, 1e6, 20_000, 0);
        vm.expectEmit(address(market));
        emit IMarketEvents.Submitted(id, 1, node, digest, result, 1e6);
        vm.expectEmit(address(market));
        uint32 delay = uint32(time) - (START + ACTIVATION + 1);
        emit IMarketEvents.Claimed(id, 2, node, delay, uint32(time) + order.maxRun);
        advance(one(receipt), 1, result, 2);
        assertState(order, 0, JobState.PAID);
        assertState(order, 1, JobState.SUBMITTED_OK);
        assertState(order, 2, JobState.RUNNING);
        vm.assertEq(books().open, 2);
    }

    function test_WhenItOnlyClaims() external {
        Result memory none;
        advance(new Receipt[](0), NO_JOB, none, 3);
        assertState(order, 3, JobState.RUNNING);
    }

    function test_WhenTheOrderIsFullWithoutTheSettling() external {
        vm.prank(owner);
        market.setMaxOpen(node, 1);
        claim(order, 0, node);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        skip(order.challengeFor);
        Result memory none;
        advance(one(receipt), NO_JOB, none, 1);
        assertState(order, 1, JobState.RUNNING);
    }

    function test_RevertWhen_OnePartIsRefused() external {
        claim(order, 0, node);
        Result memory result = resultOf(order, 0, Status.OK, 0);
        refuse(abi.encodeWithSelector(IMarketErrors.JobUnknown.selector, id, 4, 4));
        advance(new Receipt[](0), 0, result, 4);
        assertState(order, 0, JobState.RUNNING);
    }

    function advance(Receipt[] memory receipts, uint32 submitJob, Result memory result, uint32 claimJob) private {
        vm.prank(node);
        market.advance(order.pack(), receipts, submitJob, result, claimJob);
    }
}
