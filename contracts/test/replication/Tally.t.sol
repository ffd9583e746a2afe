// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Opening} from "../../types/Replica.sol";
import {Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {OrderView} from "../../types/Views.sol";
import {ReplicaTest} from "../base/ReplicaTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract TallyTest is ReplicaTest {
    using TermsPacker for Order;

    uint256 private constant SHARE = 125_000; // half of the price for a quarter of maxRun
    Opening[] private none;

    function test_RevertGiven_NothingIsSealed() external {
        claimAll();
        refuse(abi.encodeWithSelector(IMarketErrors.TallyEmpty.selector, id, 0));
        tally(none);
    }

    /// @dev 3 x 2863311531 = 2^33 + 1: cut to 32 bits, the jobs of two lots.
    function test_RevertWhen_TheLotDoesNotExist() external {
        refuse(abi.encodeWithSelector(IMarketErrors.JobUnknown.selector, id, 3 * uint256(2_863_311_531), 3));
        market.tally(order.pack(), 2_863_311_531, none);
    }

    function test_RevertWhen_SealsAreMissingOrTooMany() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "a");
        refuse(abi.encodeWithSelector(IMarketErrors.TallyMatches.selector, 2, 3));
        tally(two(openings[0], openings[1]));
        Opening[] memory four = new Opening[](4);
        for (uint256 i = 0; i < 4; ++i) four[i] = openings[i % 3];
        refuse(abi.encodeWithSelector(IMarketErrors.TallyMatches.selector, 4, 3));
        tally(four);
    }

    function test_RevertWhen_ASealIsAnother() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "a");
        (openings[0], openings[1]) = (openings[1], openings[0]);
        refuse(abi.encodeWithSelector(IMarketErrors.SealMismatch.selector, id, 0));
        tally(openings);
    }

    function test_RevertWhen_AnOpeningDoesNotOpen() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "a");
        openings[1].result.resultRoot = "b";
        refuse(abi.encodeWithSelector(IMarketErrors.OpeningMismatch.selector, id, 1));
        tally(openings);
    }

    function test_RevertWhen_ItComesTwice() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "b");
        tally(openings);
        refuse(abi.encodeWithSelector(IMarketErrors.TallyEmpty.selector, id, 0));
        tally(openings);
        refuse(abi.encodeWithSelector(IMarketErrors.TallyEmpty.selector, id, 0));
        tally(none);
    }

    function test_GivenAllThreeAgree() external {
        claimAll();
        skip(900);
        Opening[] memory openings = sealAll("a", "a", "a");
        vm.expectEmit(address(market));
        emit IMarketEvents.Tallied(id, 0, "a", Status.OK, 3);
        tally(openings);
        for (uint32 i = 0; i < 3; ++i) settleWinner(openings[i], 1e6);
        vm.assertEq(books().consumerFree, 997e6);
        vm.assertEq(market.orderOf(order.pack()).escrow, 0);
    }

    function test_GivenOneIsInTheMinority() external {
        claimAll();
        skip(900);
        Opening[] memory openings = sealAll("a", "lie", "a");
        uint256 liar = freeOf(1);
        vm.expectEmit(address(market));
        emit IMarketEvents.Voided(id, 1, nodes[1], 1e6);
        tally(openings);
        assertState(order, 1, JobState.VOID);
        vm.assertEq(books().consumerFree, 998e6);
        vm.assertEq(market.nodeOf(nodes[1]).locked, 0);
        vm.assertEq(market.nodeOf(nodes[1]).stake, MIN_STAKE); // unpaid, not slashed: the majority is no judge
        settleWinner(openings[0], 1e6);
        settleWinner(openings[2], 1e6);
        vm.assertEq(freeOf(1), liar);
    }

    function test_GivenAllThreeDiffer() external {
        claimAll();
        skip(900);
        Opening[] memory openings = sealAll("a", "b", "c");
        uint256[3] memory free = [freeOf(0), freeOf(1), freeOf(2)];
        vm.expectEmit(address(market));
        emit IMarketEvents.Tallied(id, 0, 0, 0, 0);
        tally(openings);
        for (uint32 i = 0; i < 3; ++i) {
            assertState(order, i, JobState.PAID);
            vm.assertEq(freeOf(i), free[i] + SHARE - SHARE / 50);
            vm.assertEq(market.nodeOf(nodes[i]).locked, 0);
        }
        vm.assertEq(books().consumerFree, 1_000e6 - 3 * SHARE);
        vm.assertEq(books().ownerFees, SHARE / 50);
    }

    function test_GivenTheQuorumSaysItFailed() external {
        claimAll();
        skip(900);
        Opening[] memory openings = new Opening[](3);
        openings[0] = seal(0, "a", Status.NONZERO_EXIT);
        openings[1] = seal(1, "a", Status.NONZERO_EXIT);
        openings[2] = seal(2, "b", Status.OK);
        tally(openings);
        assertState(order, 0, JobState.SUBMITTED_FAIL);
        assertState(order, 2, JobState.VOID);
        settleWinner(openings[0], SHARE);
        settleWinner(openings[1], SHARE);
    }

    function test_GivenRootsAgreeAndStatusesDoNot() external {
        claimAll();
        Opening[] memory openings = new Opening[](3);
        openings[0] = seal(0, "a", Status.OK);
        openings[1] = seal(1, "a", Status.TIMEOUT);
        openings[2] = seal(2, "b", Status.OK);
        tally(openings);
        for (uint32 i = 0; i < 3; ++i) assertState(order, i, JobState.PAID); // no quorum, no time worked
        vm.assertEq(books().consumerFree, 1_000e6);
    }

    function test_RevertGiven_TheWindowToOpenIsNotOver() external {
        claimAll();
        skip(900);
        Opening[] memory openings = new Opening[](3);
        openings[0] = seal(0, "a", Status.OK);
        openings[1] = seal(1, "a", Status.OK);
        skip(100);
        openings[2] = seal(2, "a", Status.OK);
        uint256 until = time + CHALLENGE_FLOOR; // from the last seal
        skip(CHALLENGE_FLOOR);
        refuse(abi.encodeWithSelector(IMarketErrors.TallyTooEarly.selector, id, 0, until));
        tally(without(openings, 0));
        skip(1);
        tally(openings);
    }

    function test_GivenTheWindowToOpenIsOver() external {
        claimAll();
        skip(900);
        Opening[] memory openings = sealAll("a", "a", "a");
        skip(CHALLENGE_FLOOR + 1);
        Books memory before = books();
        vm.expectEmit(address(market));
        emit IMarketEvents.Expired(id, 0, nodes[0], SLICE, SLICE / 5, keeper, false);
        tally(without(openings, 0));
        assertState(order, 0, JobState.VOID);
        before.consumerFree += 1e6;
        before.stake -= SLICE;
        before.locked = before.open = 0;
        before.keeperFree += SLICE / 5;
        before.pool += SLICE - SLICE / 5;
        assertBooks(before);
        settleWinner(openings[1], 1e6);
        settleWinner(openings[2], 1e6);
    }

    function test_GivenTheConsumerTalliesASilentOne() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "a");
        skip(CHALLENGE_FLOOR + 1);
        Books memory before = books();
        openings = without(openings, 0);
        vm.prank(consumer);
        market.tally(order.pack(), 0, openings);
        before.consumerFree += 1e6;
        before.stake -= SLICE;
        before.locked = before.open = 0;
        before.pool += SLICE;
        assertBooks(before);
    }

    function test_RevertGiven_ClaimsStillLast() external {
        claim(order, 0, nodes[0]);
        claim(order, 1, nodes[1]);
        Opening[] memory openings = two(seal(0, "a", Status.OK), seal(1, "a", Status.OK));
        refuse(abi.encodeWithSelector(IMarketErrors.TallyTooEarly.selector, id, 0, commitEnd() + CHALLENGE_FLOOR));
        tally(openings);
    }

    function test_GivenClaimsAreOver() external {
        claim(order, 0, nodes[0]);
        claim(order, 2, nodes[1]);
        Opening[] memory openings = two(seal(0, "a", Status.OK), seal(2, "a", Status.OK));
        skip(uint256(market.orderOf(order.pack()).postedAt) + order.openFor + 1 - time);
        tally(openings);
        assertState(order, 0, JobState.SUBMITTED_OK);
        assertState(order, 1, JobState.OPEN); // anybody may close it
        market.close(order.pack());
        OrderView memory o = market.orderOf(order.pack());
        vm.assertEq(o.escrow, 2e6);
        vm.assertEq(o.unclaimed, 0);
    }

    function test_GivenOneExpired() external {
        order.salt = 2;
        order.openFor = 1_000; // or it would be reopened
        id = post(order);
        skip(60);
        claimAll();
        Opening[] memory openings = two(seal(0, "a", Status.OK), seal(2, "a", Status.OK));
        skip(order.maxRun + 1);
        refuse(abi.encodeWithSelector(IMarketErrors.TallyTooEarly.selector, id, 0, commitEnd() + CHALLENGE_FLOOR));
        tally(openings);
        market.expire(order.pack(), one(1));
        assertState(order, 1, JobState.VOID);
        tally(openings);
        assertState(order, 2, JobState.SUBMITTED_OK);
    }

    function test_GivenOneOwnerRanTwo() external {
        register(owners[0], 0x9999);
        skip(ACTIVATION + 1);
        order.salt = 2;
        id = post(order);
        skip(60);
        Opening[] memory openings = new Opening[](3);
        claim(order, 0, nodes[0]);
        claim(order, 2, nodes[2]);
        openings[0] = seal(0, "lie", Status.OK); // and so hidden
        claim(order, 1, vm.addr(0x9999));
        openings[1] = seal(1, "lie", Status.OK);
        openings[2] = seal(2, "a", Status.OK);
        tally(openings);
        // One vote each: no quorum. The second one is not even paid for its time.
        assertState(order, 0, JobState.PAID);
        assertState(order, 1, JobState.VOID);
        assertState(order, 2, JobState.PAID);
    }

    function test_GivenANodeIsJailed() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "b");
        jail(nodes[0]);
        tally(openings);
        assertState(order, 0, JobState.VOID);
        assertState(order, 1, JobState.PAID); // one vote is no quorum
        vm.assertEq(market.nodeOf(nodes[0]).open, 0);
    }

    function test_GivenAWinnerAwaitsItsWindow() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "b");
        tally(openings);
        vm.assertEq(market.jobOf(order.pack(), 0).deadline, time + order.challengeFor);
        Receipt memory receipt = receiptOf(openings[0], 1e6);
        refuse(abi.encodeWithSelector(IMarketErrors.ChallengeWindowOpen.selector, id, 0, time + order.challengeFor));
        settle(order, receipt, keeper);
    }

    function receiptOf(Opening memory opening, uint256 pay) private view returns (Receipt memory) {
        bytes32 digest = market.digestOf(order.pack(), opening.seal.job, opening.seal.node, opening.result);
        return Receipt(opening.seal.job, opening.seal.node, uint96(pay), uint32(time), digest);
    }

    function settleWinner(Opening memory opening, uint256 pay) private {
        uint256 i = opening.seal.job;
        uint256 free = freeOf(i);
        settle(order, receiptOf(opening, pay), consumer);
        vm.assertEq(freeOf(i), free + pay - pay / 50);
    }
}
