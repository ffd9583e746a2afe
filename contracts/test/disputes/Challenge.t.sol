// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {IPanelArbiter} from "../../interfaces/IPanelArbiter.sol";
import {Leaf} from "../../libraries/Leaf.sol";
import {Dispute, LeafProof} from "../../types/Dispute.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Opening, Seal} from "../../types/Replica.sol";
import {Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {JobView} from "../../types/Views.sol";
import {DisputeTest} from "../base/DisputeTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract ChallengeTest is DisputeTest {
    using TermsPacker for Order;

    function test_RevertGiven_TheJobIsNotSubmitted() external {
        settle(order, receipt, consumer);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.PAID, (1 << 5) | (1 << 6)));
        challenge(0);
    }

    function test_RevertWhen_TheReceiptIsAnother() external {
        receipt.pay -= 1;
        refuse(abi.encodeWithSelector(IMarketErrors.ReceiptMismatch.selector, id, 0));
        challenge(0);
    }

    function test_RevertWhen_TheResultIsNotTheReceipts() external {
        result.resultRoot = resultLeaf(0);
        bytes32 digest = market.digestOf(order.pack(), 0, node, result);
        refuse(abi.encodeWithSelector(IMarketErrors.ResultMismatch.selector, receipt.digest, digest));
        challenge(0);
    }

    function test_RevertWhen_TheTaskIsOfAnotherLot() external {
        LeafProof memory proof = proofOf(0);
        proof.index = 2;
        refuse(abi.encodeWithSelector(IMarketErrors.LeafOutsideJob.selector, 2, 0));
        challengeAs(challenger, proof);
    }

    function test_RevertWhen_TheTaskIsNotInTheOrder() external {
        LeafProof memory proof = proofOf(0);
        proof.specDigest = "another spec";
        refuse(abi.encodeWithSelector(IMarketErrors.TaskNotInOrder.selector, order.taskRoot, 0));
        challengeAs(challenger, proof);
    }

    function test_RevertWhen_TheLeafIsNotInTheResult() external {
        LeafProof memory proof = proofOf(0);
        proof.outputDigest = "another output";
        refuse(abi.encodeWithSelector(IMarketErrors.LeafNotInResult.selector, result.resultRoot, 0));
        challengeAs(challenger, proof);
        proof = proofOf(0);
        proof.status = Status.TIMEOUT;
        refuse(abi.encodeWithSelector(IMarketErrors.LeafNotInResult.selector, result.resultRoot, 0));
        challengeAs(challenger, proof);
    }

    /// @dev Leaves are hashed twice: a pair of nodes never is the preimage of one.
    function test_RevertWhen_AnInnerNodeOfATreePassesForALeaf() external {
        LeafProof memory proof = proofOf(0);
        proof.specDigest = Leaf.task(1, specs[1]);
        proof.taskProof = new bytes32[](0);
        refuse(abi.encodeWithSelector(IMarketErrors.TaskNotInOrder.selector, order.taskRoot, 0));
        challengeAs(challenger, proof);
    }

    function test_RevertGiven_TheLeafIsDisputedAlready() external {
        bytes32 dispute = challenge(0);
        refuse(abi.encodeWithSelector(IMarketErrors.LeafDisputed.selector, dispute));
        challengeAs(consumer, proofOf(0));
        challengeAs(consumer, proofOf(1));
    }

    function test_RevertGiven_TheWindowIsOver() external {
        skip(order.challengeFor);
        refuse(abi.encodeWithSelector(IMarketErrors.ChallengeTooLate.selector, id, 0, time));
        challenge(0);
    }

    function test_GivenTheLastSecondOfTheWindow() external {
        skip(order.challengeFor - 1);
        challenge(0);
        vm.assertEq(market.jobOf(order.pack(), 0).deadline, time + 4 days);
        skip(4 days - 1);
        refuse(abi.encodeWithSelector(IMarketErrors.JobChallenged.selector, id, 0, 1, time + 1));
        settle(order, receipt, consumer);
        skip(1);
        settle(order, receipt, keeper); // the arbiter stayed silent
    }

    function test_GivenOtherChallengesAreOpen() external {
        challenge(0);
        uint256 last = uint256(receipt.submittedAt) + order.challengeFor + 4 days + CHALLENGE_FLOOR;
        skip(last - time);
        refuse(abi.encodeWithSelector(IMarketErrors.ChallengeTooLate.selector, id, 0, last));
        challenge(1);
        time -= 1;
        vm.warp(time);
        challenge(1);
    }

    function test_GivenTwoHundredChallengesAreOpen() external {
        // Writes the count, bits 40 to 47 of the job's slot: a lot of so many tasks says the same at length.
        bytes32 slot = keccak256(abi.encode(id, 8));
        uint256 word = uint256(vm.load(address(market), slot));
        vm.store(address(market), slot, bytes32(word | (200 << 40)));
        vm.assertEq(market.jobOf(order.pack(), 0).challenges, 200);
        refuse(abi.encodeWithSelector(IMarketErrors.ChallengesFull.selector, id, 0, 200));
        challenge(0);
        challengeAs(consumer, proofOf(0));
        vm.store(address(market), slot, bytes32(word | (255 << 40)));
        refuse(abi.encodeWithSelector(IMarketErrors.ChallengesFull.selector, id, 0, 255));
        challengeAs(consumer, proofOf(1));
    }

    function test_RevertGiven_TheChallengerCannotPayTheBond() external {
        vm.prank(challenger);
        market.withdraw(challenger, 100e6 - BOND + 1);
        refuse(abi.encodeWithSelector(IMarketErrors.BalanceTooLow.selector, challenger, BOND - 1, BOND));
        challenge(0);
    }

    function test_RevertGiven_TheMarketHasNoArbiter() external {
        market = deploy(address(asset));
        market.setClass(CLASS, MIN_STAKE, STEP, "");
        fund(consumer, 1e6);
        fund(owner, MIN_STAKE);
        register(owner, keyAt(0));
        skip(ACTIVATION + 1);
        order.postBy = uint32(time);
        post(order);
        skip(1);
        claim(order, 0, node);
        result.outcome = resultOf(order, 0, Status.OK, 0).outcome;
        submit(order, 0, node, result);
        receipt.submittedAt = uint32(time);
        receipt.digest = market.digestOf(order.pack(), 0, node, result);
        refuse(abi.encodeWithSelector(IMarketErrors.ArbiterMissing.selector));
        challenge(0);
    }

    function test_RevertGiven_TheClassHasTooFewOwners() external {
        for (uint256 i = 3; i < OWNERS; ++i) {
            vm.prank(ownerAt(i));
            market.retire(nodeAt(i));
        }
        refuse(abi.encodeWithSelector(IPanelArbiter.PanelTooSmall.selector, CLASS, 3, 4));
        challenge(0);
    }

    function test_WhenTheResultIsWithheld() external {
        LeafProof memory proof = proofOf(0);
        proof.withheld = true;
        proof.outputDigest = 0;
        proof.resultProof = new bytes32[](0);
        challengeAs(challenger, proof);
        vm.assertEq(market.jobOf(order.pack(), 0).challenges, 1);
    }

    /// @dev Jobs 2 and 3 are the second lot's replicas, and the lot's one task is the order's second.
    function test_GivenTheJobIsAReplica() external {
        (order.salt, order.lots, order.tasksPerLot, order.replicas, order.quorum) = (2, 2, 1, 2, 2);
        id = post(order);
        skip(60);
        Opening[] memory openings = new Opening[](2);
        for (uint32 i = 0; i < 2; ++i) claim(order, 2 + i, nodeAt(1 + i));
        for (uint32 i = 0; i < 2; ++i) openings[i] = seal(2 + i, nodeAt(1 + i));
        for (uint32 i = 0; i < 2; ++i) {
            vm.prank(nodeAt(1 + i));
            market.reveal(order.pack(), openings[i].seal, openings[i].result, openings[i].salt);
        }
        market.tally(order.pack(), 1, openings);
        (node, result) = (nodeAt(2), openings[1].result);
        receipt = Receipt(3, node, 1e6, uint32(time), market.digestOf(order.pack(), 3, node, result));

        LeafProof memory proof = proofOf(1);
        proof.resultProof = new bytes32[](0);
        challengeAs(challenger, proof);
        vm.assertEq(market.jobOf(order.pack(), 3).challenges, 1);
        proof.index = 0;
        refuse(abi.encodeWithSelector(IMarketErrors.LeafOutsideJob.selector, 0, 1));
        challengeAs(challenger, proof);
    }

    function seal(uint32 job, address by) internal returns (Opening memory opening) {
        (opening.opened, opening.salt) = (true, "salt");
        opening.result = resultOf(order, job, Status.OK, 0);
        opening.result.resultRoot = resultLeaf(1);
        bytes32 commitment = keccak256(
            abi.encode(market.digestOf(order.pack(), job, by, opening.result), bytes32("salt"))
        );
        opening.seal = Seal(job, by, uint32(time), uint32(time), false, commitment);
        vm.prank(by);
        market.commit(order.pack(), job, commitment);
    }

    function test_WhenEverythingFits() external {
        bytes32 subject = keccak256(abi.encode(id, bytes26(keccak256(abi.encode(receipt)))));
        bytes32 leaf = keccak256(abi.encode(subject, resultLeaf(1)));
        bytes32 dispute = keccak256(abi.encode(leaf, bytes32(0), challenger, time));
        vm.expectEmit(address(market));
        emit IMarketEvents.Challenged(
            id,
            0,
            dispute,
            challenger,
            address(panel),
            BOND,
            uint32(time + 4 days),
            1,
            specs[1],
            false,
            outputs[1],
            Status.OK
        );
        vm.assertEq(challenge(1), dispute);
        vm.assertEq(freeOf(challenger), 100e6 - BOND);
        JobView memory job = market.jobOf(order.pack(), 0);
        vm.assertEq(job.challenges, 1);
        vm.assertEq(job.deadline, time + 4 days);
        Dispute memory entry = market.disputeOf(dispute);
        vm.assertEq(entry.challenger, challenger);
        vm.assertEq(entry.bond, BOND);
        vm.assertEq(entry.subject, subject);
    }
}
