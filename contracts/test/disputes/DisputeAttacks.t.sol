// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketDisputes} from "../../interfaces/IMarketDisputes.sol";
import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {Leaf} from "../../libraries/Leaf.sol";
import {LeafProof, Ruling, Verdict} from "../../types/Dispute.sol";
import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Seal} from "../../types/Replica.sol";
import {Status} from "../../types/Result.sol";
import {Order, Terms} from "../../types/Terms.sol";
import {DisputeTest} from "../base/DisputeTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

/// @notice An arbiter that calls the market from within its own calls.
contract CallingArbiter {
    bytes private _call;
    bool public done;
    bytes public answer;

    function callBack(bytes calldata call_) external {
        _call = call_;
    }

    function bondFor(Terms calldata) external pure returns (uint256) {
        return 1e6;
    }

    function onChallenge(bytes32, Terms calldata, address, address) external {
        (done, answer) = msg.sender.call(_call);
    }
}

/// @notice An arbiter that acquits within the challenge itself.
contract HastyArbiter {
    Receipt private _receipt;
    bytes32[] public seen;

    function expect(Receipt calldata receipt) external {
        _receipt = receipt;
    }

    function bondFor(Terms calldata) external pure returns (uint256) {
        return 1e6;
    }

    function onChallenge(bytes32 dispute, Terms calldata terms, address, address) external {
        seen.push(dispute);
        Ruling memory ruling;
        ruling.verdict = Verdict.VALID;
        IMarketDisputes(msg.sender).resolve(terms, _receipt, dispute, ruling);
    }
}

contract DisputeAttacksTest is DisputeTest {
    using TermsPacker for Order;

    function test_WhenACheatChallengesItselfOnAGoodLeaf() external {
        skip(order.challengeFor - 1); // the window is all but over
        bytes32 good = challengeAs(owner, proofOf(1));
        judge(good, 0, same(Verdict.VALID, 3));
        bytes32 bad = challenge(0); // still possible: others are open
        conclude(good, 0);
        judge(bad, 0, same(Verdict.INVALID, 3));
        conclude(bad, 0);
        assertStatus(node, NodeStatus.JAILED);
        assertState(order, 0, JobState.VOID);
    }

    /// @dev Jurors of such a challenge look whether the result can be had, and no further.
    function test_WhenACheatKeepsItsBadLeafBusyAsWithheld() external {
        LeafProof memory busy = proofOf(0);
        (busy.withheld, busy.outputDigest, busy.resultProof) = (true, 0, new bytes32[](0));
        bytes32 decoy = challengeAs(owner, busy);
        bytes32 dispute = challenge(0);
        refuse(abi.encodeWithSelector(IMarketErrors.LeafDisputed.selector, decoy));
        busy.outputDigest = "what it says is not read";
        challengeAs(owner, busy);
        judge(decoy, 0, same(Verdict.VALID, 3));
        conclude(decoy, 0);
        judge(dispute, 0, same(Verdict.INVALID, 3));
        conclude(dispute, 0);
        assertStatus(node, NodeStatus.JAILED);
    }

    function test_WhenAResultNamesATaskTwice() external {
        // One right leaf of task 0 to be challenged by friends, one wrong that the consumer got.
        bytes32 task = Leaf.task(0, specs[0]);
        bytes32 right = Leaf.result(0, task, "right", Status.OK);
        bytes32 wrong = Leaf.result(0, task, "wrong", Status.OK);
        order.salt = 6;
        id = post(order);
        skip(60);
        claim(order, 0, node);
        result.outcome = resultOf(order, 0, Status.OK, 0).outcome;
        result.resultRoot = join(right, wrong);
        submit(order, 0, node, result);
        receipt = Receipt(0, node, 1e6, uint32(time), market.digestOf(order.pack(), 0, node, result));
        LeafProof memory proof = proofOf(0);
        (proof.outputDigest, proof.resultProof[0]) = ("right", wrong);
        bytes32 decoy = challengeAs(owner, proof);
        (proof.outputDigest, proof.resultProof[0]) = ("wrong", right);
        bytes32 dispute = challengeAs(challenger, proof);
        judge(dispute, 0, same(Verdict.INVALID, 3));
        conclude(dispute, 0);
        assertStatus(node, NodeStatus.JAILED);
        market.reclaim(order.pack(), receipt, decoy);
    }

    function test_WhenOneAccountChallengesAgainWithinASecond() external {
        HastyArbiter arbiter = new HastyArbiter();
        market.enableArbiter(address(arbiter));
        (order.arbiter, order.salt) = (address(arbiter), 10);
        id = post(order);
        skip(60);
        claim(order, 0, node);
        result.outcome = resultOf(order, 0, Status.OK, 0).outcome;
        submit(order, 0, node, result);
        receipt = Receipt(0, node, 1e6, uint32(time), market.digestOf(order.pack(), 0, node, result));
        arbiter.expect(receipt);
        bytes32 first = challenge(0);
        bytes32 second = challengeAs(appellant, proofOf(0));
        bytes32 third = challenge(0);
        vm.assertTrue(first != second && second != third && third != first, "each dispute has its own id");
        vm.assertEq(arbiter.seen(2), third);
        vm.assertEq(market.jobOf(order.pack(), 0).challenges, 0);
    }

    /// @dev Whoever owns a rich node can name any bond; who is drawn has not agreed to it.
    function test_WhenAHugeBondIsToRuinSilentJurors() external {
        fund(owner, 1_000e6);
        vm.prank(owner);
        market.addStake(node, 1_000e6);
        (order.salt, order.bond) = (11, 1_000e6);
        id = post(order);
        skip(60);
        claim(order, 0, node);
        result.outcome = resultOf(order, 0, Status.OK, 0).outcome;
        submit(order, 0, node, result);
        receipt = Receipt(0, node, 1e6, uint32(time), market.digestOf(order.pack(), 0, node, result));
        bytes32 dispute = challengeAs(owner, proofOf(0));
        judge(dispute, 0, same(Verdict.VALID, 2));
        address silent = jurorAt(dispute, 0, 2);
        conclude(dispute, 0);
        vm.assertEq(market.nodeOf(silent).stake, MIN_STAKE - (MIN_STAKE * LIVENESS_BPS) / 10_000);
    }

    function test_WhenACheatConvictsItselfFirst() external {
        // The cheat is its own consumer and challenger: compensation, reward and the bond come back to it.
        address cheat = owner;
        order.consumer = cheat;
        order.salt = 5;
        order.maxPrice = order.startPrice = 20e6;
        order.bond = 2e6;
        fund(cheat, 500e6);
        post(order);
        skip(60);
        claim(order, 0, node);
        result.outcome = resultOf(order, 0, Status.OK, 0).outcome;
        submit(order, 0, node, result);
        receipt = Receipt(0, node, 20e6, uint32(time), market.digestOf(order.pack(), 0, node, result));
        uint256 before = freeOf(cheat) + 20e6; // with the escrow that is its own
        bytes32 dispute = challengeAs(cheat, proofOf(0));
        judge(dispute, 0, same(Verdict.INVALID, 3));
        conclude(dispute, 0);
        vm.assertEq(freeOf(cheat), before + (MIN_STAKE * 4) / 10);
    }

    function test_WhenADisputedNodeRetiresAndUnstakes() external {
        bytes32 dispute = challenge(0);
        vm.startPrank(owner);
        market.retire(node);
        market.requestUnstake(node, MIN_STAKE - uint80(order.bond));
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeBound.selector, node, market.nodeOf(node).unbondAt, 1));
        market.withdrawStake(node);
        vm.stopPrank();
        judge(dispute, 0, same(Verdict.INVALID, 3));
        conclude(dispute, 0);
        vm.assertEq(market.nodeOf(node).stake, 0);
        skip(18 days);
        uint256 before = freeOf(owner);
        vm.prank(owner);
        market.withdrawStake(node);
        vm.assertEq(freeOf(owner), before);
    }

    function test_WhenAConvictedNodeHasTwoHundredLiveJobs() external {
        vm.startPrank(owner);
        market.setMaxOpen(node, 201);
        market.addStake(node, 100e6);
        vm.stopPrank();
        fund(consumer, 1_000e6);
        Order memory many = order;
        (many.salt, many.lots, many.maxPrice, many.startPrice, many.bond) = (7, 200, 1e6, 1e6, 9e5);
        post(many);
        skip(60);
        Receipt[] memory receipts = new Receipt[](100);
        for (uint32 job = 0; job < 200; ++job) claim(many, job, node);
        for (uint32 job = 0; job < 100; ++job) receipts[job] = finish(many, job, node, Status.OK, 0);
        bytes32 dispute = challenge(0);
        judge(dispute, 0, same(Verdict.INVALID, 3));
        conclude(dispute, 0);
        vm.assertEq(books().locked, 0);
        vm.assertEq(books().open, 200);
        uint32[] memory running = new uint32[](100);
        for (uint32 i = 0; i < 100; ++i) running[i] = 100 + i;
        market.expire(many.pack(), running);
        for (uint256 i = 0; i < 100; ++i) market.voidJob(many.pack(), receipts[i]);
        vm.assertEq(books().open, 0);
        vm.assertEq(books().stake, 0);
    }

    function test_WhenAReplicaCopiesAnothersSeal() external {
        (order.salt, order.replicas, order.quorum) = (8, 2, 2);
        id = post(order);
        skip(60);
        claim(order, 0, nodeAt(1));
        claim(order, 1, nodeAt(2));
        result.outcome = resultOf(order, 0, Status.OK, 0).outcome;
        bytes32 digest = market.digestOf(order.pack(), 0, nodeAt(1), result);
        bytes32 commitment = keccak256(abi.encode(digest, bytes32("salt")));
        for (uint32 job = 0; job < 2; ++job) {
            vm.prank(nodeAt(1 + job));
            market.commit(order.pack(), job, commitment);
        }
        Seal memory copied = Seal(1, nodeAt(2), uint32(time), uint32(time), false, commitment);
        refuse(abi.encodeWithSelector(IMarketErrors.OpeningMismatch.selector, id, 1));
        vm.prank(nodeAt(2));
        market.reveal(order.pack(), copied, result, "salt");
    }

    function test_WhenTheArbiterCallsBack() external {
        CallingArbiter arbiter = new CallingArbiter();
        market.enableArbiter(address(arbiter));
        order.arbiter = address(arbiter);
        order.salt = 9;
        id = post(order);
        skip(60);
        claim(order, 0, node);
        result.outcome = resultOf(order, 0, Status.OK, 0).outcome;
        submit(order, 0, node, result);
        receipt = Receipt(0, node, 1e6, uint32(time), market.digestOf(order.pack(), 0, node, result));
        // Another challenge from within one: the guard. Settling from within: held like for anybody.
        LeafProof memory proof = proofOf(1);
        arbiter.callBack(abi.encodeCall(IMarketDisputes.challenge, (order.pack(), receipt, result, proof)));
        challenge(0);
        vm.assertFalse(arbiter.done());
        vm.assertEq(arbiter.answer(), abi.encodeWithSelector(bytes4(keccak256("ReentrancyGuardReentrantCall()"))));
        arbiter.callBack(abi.encodeCall(market.settle, (order.pack(), one(receipt))));
        challenge(1);
        vm.assertFalse(arbiter.done());
        vm.assertEq(market.jobOf(order.pack(), 0).challenges, 2);
        vm.assertEq(freeOf(challenger), 98e6);
    }

    function test_RevertWhen_AnArbiterEnabledLaterJudgesAnOlderOrder() external {
        bytes32 dispute = challenge(0);
        market.enableArbiter(keeper);
        Ruling memory ruling;
        ruling.verdict = Verdict.INVALID;
        refuse(abi.encodeWithSelector(IMarketErrors.ArbiterOnly.selector, keeper, address(panel)));
        vm.prank(keeper);
        market.resolve(order.pack(), receipt, dispute, ruling);
    }
}
