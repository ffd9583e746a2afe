// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {Ruling, Split, Verdict} from "../../types/Dispute.sol";
import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Order} from "../../types/Terms.sol";
import {JobView} from "../../types/Views.sol";
import {DisputeTest} from "../base/DisputeTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

/// @notice The market's side alone: the arbiter says whatever a test wants.
contract ResolveTest is DisputeTest {
    using TermsPacker for Order;

    bytes32 private dispute;
    address[] private jurors;
    address[] private nobody;
    Books private before;
    uint256 private challengerBefore;
    uint256 private jurorsBefore;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 1; i <= 3; ++i) jurors.push(nodeAt(i));
        look();
        dispute = challenge(0);
    }

    function test_RevertWhen_TheCallerIsNotTheOrdersArbiter() external {
        refuse(abi.encodeWithSelector(IMarketErrors.ArbiterOnly.selector, keeper, address(panel)));
        vm.prank(keeper);
        market.resolve(order.pack(), receipt, dispute, ruling(Verdict.VALID, jurors, nobody));
    }

    function test_RevertWhen_TheDisputeIsNotOpen() external {
        dispute = "unknown";
        refuse(abi.encodeWithSelector(IMarketErrors.DisputeUnknown.selector, dispute));
        resolve(Verdict.VALID);
    }

    function test_RevertWhen_TheDisputeIsOfAForeignOrder() external {
        Order memory mine = order;
        mine.salt = 9;
        post(mine);
        skip(60);
        claim(mine, 0, nodeAt(5));
        Receipt memory theirs = finish(mine, 0, nodeAt(5), 0, 10);
        refuse(abi.encodeWithSelector(IMarketErrors.DisputeElsewhere.selector, dispute));
        vm.prank(address(panel));
        market.resolve(mine.pack(), theirs, dispute, ruling(Verdict.INVALID, jurors, nobody));
    }

    function test_RevertWhen_TheArbiterAnswersTwice() external {
        resolve(Verdict.VALID);
        refuse(abi.encodeWithSelector(IMarketErrors.DisputeUnknown.selector, dispute));
        resolve(Verdict.INVALID);
    }

    function test_GivenTheStakeCoversEverything() external {
        vm.expectEmit(address(market));
        emit IMarketEvents.Voided(id, 0, node, 1e6);
        vm.expectEmit(address(market));
        emit IMarketEvents.NodeJailed(node, 100e6);
        vm.expectEmit(address(market));
        emit IMarketEvents.JurorPaid(jurors[0], dispute, FEE);
        vm.expectEmit(address(market));
        Split memory split = Split(100e6, 1e6, 30e6 + BOND, 0, 0, 3 * FEE, 69e6 - 3 * FEE);
        emit IMarketEvents.Resolved(id, 0, dispute, Verdict.INVALID, 0, split);
        resolve(Verdict.INVALID);
        assertState(order, 0, JobState.VOID);
        assertStatus(node, NodeStatus.JAILED);
        before.consumerFree += 1e6 + 1e6; // escrow, and as much again: less than a tenth of the stake
        before.stake = before.locked = before.open = 0;
        before.pool += 100e6 - 1e6 - 30e6 - 3 * FEE;
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore + 30e6);
        vm.assertEq(freeOfJurors(), jurorsBefore + 3 * FEE);
    }

    function test_GivenPartOfTheStakeIsUnbonding() external {
        vm.startPrank(owner);
        market.retire(node);
        market.requestUnstake(node, 99e6);
        vm.stopPrank();
        resolve(Verdict.INVALID);
        before.consumerFree += 2e6;
        before.stake = before.locked = before.open = 0;
        before.pool += 100e6 - 1e6 - 30e6 - 3 * FEE;
        assertBooks(before);
        vm.assertEq(market.nodeOf(node).unbonding, 0);
    }

    function test_GivenTheStakeCannotPayTheJurors() external {
        Ruling memory r = ruling(Verdict.INVALID, jurors, nobody);
        // 100 dUSD less a compensation of 1 and a reward of 30: 69 are left.
        r.fee = 24e6; // 72 dUSD: 69 from the stake, 3 from the bond
        resolve(r);
        before.consumerFree += 2e6;
        before.stake = before.locked = before.open = 0;
        assertBooks(before); // nothing for the pool
        vm.assertEq(freeOf(challenger), challengerBefore + 30e6 - 3e6);
        vm.assertEq(freeOfJurors(), jurorsBefore + 72e6);
    }

    function test_GivenTheMoneyDoesNotDivide() external {
        address[] memory eleven = new address[](11);
        for (uint256 i = 0; i < 11; ++i) eleven[i] = jurors[i % 3];
        Ruling memory r = ruling(Verdict.INVALID, eleven, nobody);
        r.fee = 50e6;
        resolve(r);
        before.consumerFree += 2e6;
        before.stake = before.locked = before.open = 0;
        before.pool += 2; // 69 dUSD of stake and 4.5 of bond in eleven parts
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore + 30e6 - BOND);
        vm.assertEq(freeOfJurors(), jurorsBefore + 73_499_998);
    }

    function test_GivenTheNodeIsJailedAlready() external {
        (bytes32 first, Receipt memory firstReceipt, Order memory firstOrder) = (dispute, receipt, order);
        order.salt = 2;
        post(order);
        skip(60);
        claim(order, 0, node);
        result.outcome = resultOf(order, 0, 0, 0).outcome;
        submit(order, 0, node, result);
        receipt.submittedAt = uint32(time);
        receipt.digest = market.digestOf(order.pack(), 0, node, result);
        bytes32 second = challenge(0);
        vm.prank(address(panel));
        market.resolve(firstOrder.pack(), firstReceipt, first, ruling(Verdict.INVALID, jurors, nobody));
        look();
        dispute = second;
        resolve(Verdict.INVALID);
        before.consumerFree += 1e6;
        before.open -= 1;
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore + BOND - 3 * FEE);
    }

    function test_GivenTheJurorsCostMoreThanTheSlice() external {
        vm.expectEmit(address(market));
        emit IMarketEvents.NodeSlashed(node, dispute, 3 * FEE, 0);
        resolve(Verdict.UNAVAILABLE);
        assertState(order, 0, JobState.VOID);
        assertStatus(node, NodeStatus.SUSPENDED); // below the class's minimum
        before.consumerFree += 1e6;
        before.stake -= 3 * FEE;
        before.locked = before.open = 0;
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore);
        vm.assertEq(freeOfJurors(), jurorsBefore + 3 * FEE);
    }

    function test_GivenTheSliceIsMoreThanTheJurorsCost() external {
        Ruling memory r = ruling(Verdict.UNAVAILABLE, jurors, nobody);
        r.fee = 10_001;
        resolve(r);
        before.consumerFree += 1e6;
        before.stake -= SLICE;
        before.locked = before.open = 0;
        before.pool += SLICE - 30_003;
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore);
    }

    function test_WhenTheVerdictIsValid() external {
        vm.expectEmit(address(market));
        uint32 settleable = uint32(time + order.challengeFor);
        Split memory split = Split(0, 0, 0, 0, BOND - 3 * FEE, 3 * FEE, 0);
        emit IMarketEvents.Resolved(id, 0, dispute, Verdict.VALID, settleable, split);
        resolve(Verdict.VALID);
        assertState(order, 0, JobState.SUBMITTED_OK);
        before.ownerFree += BOND - 3 * FEE;
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore - BOND);
        vm.assertEq(freeOfJurors(), jurorsBefore + 3 * FEE);
        settle(order, receipt, consumer);
    }

    function test_WhenTheVerdictIsInconclusive() external {
        resolve(Verdict.INCONCLUSIVE);
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore - 3 * FEE);
        vm.assertEq(freeOfJurors(), jurorsBefore + 3 * FEE);
        skip(order.challengeFor);
        settle(order, receipt, keeper);
    }

    function test_WhenAJurorIsAtFault() external {
        address faulty = jurors[2];
        jurors.pop();
        address[] memory faulted = new address[](1);
        faulted[0] = faulty;
        vm.expectEmit(address(market));
        emit IMarketEvents.NodeSlashed(faulty, dispute, SLICE, 0);
        resolve(ruling(Verdict.VALID, jurors, faulted));
        vm.assertEq(market.nodeOf(faulty).stake, MIN_STAKE - SLICE);
        assertStatus(faulty, NodeStatus.SUSPENDED);
        before.ownerFree += BOND - 2 * FEE;
        before.pool += SLICE;
        assertBooks(before);
    }

    function test_GivenOtherDisputesAreOpen() external {
        challengeAs(consumer, proofOf(1));
        resolve(Verdict.VALID);
        JobView memory job = market.jobOf(order.pack(), 0);
        vm.assertEq(job.challenges, 1);
        vm.assertEq(job.deadline, time + 4 days);
        refuse(abi.encodeWithSelector(IMarketErrors.JobChallenged.selector, id, 0, 1, time + 4 days));
        settle(order, receipt, consumer);
    }

    function test_GivenTheWindowIsStillOpen() external {
        resolve(Verdict.VALID);
        JobView memory job = market.jobOf(order.pack(), 0);
        vm.assertEq(job.challenges, 0);
        vm.assertEq(job.deadline, time + order.challengeFor);
    }

    function test_GivenTheWindowIsOver() external {
        skip(order.challengeFor);
        resolve(Verdict.VALID);
        vm.assertEq(market.jobOf(order.pack(), 0).deadline, time + CHALLENGE_FLOOR);
        // Chained challenges end: the last one is opened in the last second there is.
        uint256 last = uint256(receipt.submittedAt) + order.challengeFor + 4 days + CHALLENGE_FLOOR;
        dispute = challenge(0);
        while (time + 2 days < last) {
            skip(2 days);
            resolve(Verdict.VALID);
            dispute = challenge(0);
        }
        skip(last - 10 - time);
        resolve(Verdict.VALID);
        vm.assertEq(market.jobOf(order.pack(), 0).deadline, last);
    }

    function test_GivenNobodyHasSettled() external {
        skip(5 days);
        resolve(Verdict.INVALID);
        assertStatus(node, NodeStatus.JAILED);
    }

    function test_RevertGiven_SomebodyHasSettled() external {
        skip(4 days);
        settle(order, receipt, keeper);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.NONE, (1 << 5) | (1 << 6)));
        resolve(Verdict.INVALID);
        market.reclaim(order.pack(), receipt, dispute);
        vm.assertEq(freeOf(challenger), challengerBefore);
    }

    function test_WhenAnAppealWonOrLost() external {
        uint256 snapshot = freeOf(appellant);
        bytes32 other = challengeAs(consumer, proofOf(1));
        seat(dispute, 0);
        seat(other, 0);
        skip(SLACK + 3_600 + REVEAL_FOR + 2);
        appeal(dispute);
        vm.prank(appellant);
        market.appeal(order.pack(), receipt, other);
        vm.assertEq(freeOf(appellant), snapshot - 2 * APPEAL_BOND);

        look();
        Ruling memory lost = ruling(Verdict.VALID, jurors, nobody);
        resolve(lost);
        before.ownerFree += BOND; // the appeal paid the jurors
        before.pool += APPEAL_BOND - 3 * FEE;
        assertBooks(before);
        vm.assertEq(freeOf(appellant), snapshot - 2 * APPEAL_BOND);

        dispute = other;
        Ruling memory won = ruling(Verdict.VALID, jurors, nobody);
        won.appealWon = true;
        resolve(won);
        before.ownerFree += BOND - 3 * FEE;
        assertBooks(before);
        vm.assertEq(freeOf(appellant), snapshot - APPEAL_BOND);
    }

    function ruling(
        Verdict verdict,
        address[] memory paid,
        address[] memory faulted
    ) private pure returns (Ruling memory) {
        return Ruling(verdict, false, uint96(FEE), paid, faulted);
    }

    function resolve(Verdict verdict) private {
        resolve(ruling(verdict, jurors, nobody));
    }

    function resolve(Ruling memory r) private {
        vm.prank(address(panel));
        market.resolve(order.pack(), receipt, dispute, r);
    }

    function look() private {
        before = books();
        challengerBefore = freeOf(challenger);
        jurorsBefore = freeOfJurors();
    }

    function freeOfJurors() private view returns (uint256 sum) {
        for (uint256 i = 0; i < jurors.length; ++i) sum += freeOf(market.nodeOf(jurors[i]).owner);
    }
}
