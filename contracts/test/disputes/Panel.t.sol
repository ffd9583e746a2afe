// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {IPanelArbiter, PanelConfig, PanelView, Seat} from "../../interfaces/IPanelArbiter.sol";
import {Verdict} from "../../types/Dispute.sol";
import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Order} from "../../types/Terms.sol";
import {LocalBeacon} from "../../verifiers/LocalBeacon.sol";
import {DisputeTest} from "../base/DisputeTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract PanelTest is DisputeTest {
    using TermsPacker for Order;

    bytes32 private dispute;
    Books private before;
    uint256 private challengerBefore;

    function setUp() public override {
        super.setUp();
        before = books();
        challengerBefore = freeOf(challenger);
        dispute = challenge(0);
    }

    // ---- deployment ----

    function test_RevertWhen_ItIsBoundAgain() external {
        refuse(abi.encodeWithSelector(IPanelArbiter.AlreadyBound.selector, address(market)));
        panel.bind();
        vm.assertEq(panel.market(), address(market));
    }

    function test_RevertWhen_SomebodyElseThanTheMarketCalls() external {
        bytes memory reason = abi.encodeWithSelector(
            IPanelArbiter.NotTheMarket.selector,
            address(this),
            address(market)
        );
        refuse(reason);
        panel.onChallenge("another", order.pack(), node, challenger);
        refuse(reason);
        panel.onAppeal(dispute, order.pack(), appellant);
    }

    function test_RevertWhen_ItIsDeployedTooSlowOrWithoutABeacon() external {
        PanelConfig memory config = panelConfig();
        vm.assertFalse(deploys(config));
        config.beacon = panel.config().beacon;
        vm.assertTrue(deploys(config));
        config.appealFor = 4 days - 2 hours - 2 * (1 days + DRAW_DELAY + SLACK + REVEAL_FOR);
        vm.assertTrue(deploys(config));
        config.appealFor += 1;
        vm.assertFalse(deploys(config));
        config = panelConfig();
        config.beacon = panel.config().beacon;
        // No juror of a short task could ever find the data missing.
        config.slack = config.dataFor - 1;
        vm.assertFalse(deploys(config));
        config.slack = config.dataFor;
        vm.assertTrue(deploys(config));
    }

    function test_RevertWhen_TheLocalBeaconIsDeployedOnAPublicChain() external {
        vm.chainId(8453);
        vm.assertFalse(deploys(vm.getCode("LocalBeacon")));
    }

    // ---- drawing ----

    function test_RevertWhen_TheRoundIsStillToCome() external {
        refuse(abi.encodeWithSelector(LocalBeacon.RoundToCome.selector, time + DRAW_DELAY, time));
        panel.draw(dispute, "");
    }

    function test_RevertGiven_ThePanelIsSeated() external {
        seat(dispute, 0);
        refuse(abi.encodeWithSelector(IPanelArbiter.PanelSeatedAlready.selector, dispute, 0));
        panel.draw(dispute, "");
    }

    function test_GivenOwnersAreParties() external {
        for (uint256 i = 0; i < 20; ++i) {
            skip(1);
            setUp();
            // One owner is the challenger, one node's key the consumer, one owner has most of the class.
            address party = ownerAt(1);
            for (uint256 k = 0; k < 3; ++k) {
                fund(ownerAt(2), MIN_STAKE);
                register(ownerAt(2), 0x9000 + k);
            }
            skip(ACTIVATION + 1 + i);
            bytes32 other = challengeAs(party, proofOf(1));
            seat(other, 0);
            Seat[] memory drawn = panel.panelOf(other, 0).drawn;
            vm.assertEq(drawn.length, 3);
            for (uint256 a = 0; a < 3; ++a) {
                address drawnOwner = market.nodeOf(drawn[a].node).owner;
                vm.assertTrue(drawnOwner != party && drawnOwner != owner, "no party judges");
                for (uint256 b = 0; b < a; ++b) {
                    vm.assertTrue(market.nodeOf(drawn[b].node).owner != drawnOwner, "no owner judges twice");
                }
            }
        }
    }

    function test_GivenAPartyIsANodeOrAppeals() external {
        fund(nodeAt(1), 100e6);
        fund(ownerAt(1), MIN_STAKE);
        register(ownerAt(1), 0x9000);
        skip(ACTIVATION + 1);
        bytes32 other = challengeAs(nodeAt(1), proofOf(1));
        seat(other, 0);
        skip(order.maxRun + SLACK + REVEAL_FOR + 2);
        vm.prank(ownerAt(2));
        market.appeal(order.pack(), receipt, other);
        seat(other, 1);
        // Ten owners, of whom one is judged, one challenges by its node and has a second one, one appeals.
        Seat[] memory drawn = panel.panelOf(other, 1).drawn;
        vm.assertEq(drawn.length, 7);
        for (uint256 i = 0; i < 7; ++i) {
            address drawnOwner = market.nodeOf(drawn[i].node).owner;
            vm.assertTrue(drawnOwner != ownerAt(1) && drawnOwner != ownerAt(2), "no party judges");
        }
    }

    function test_GivenNodesLeftOrJoinedAfterTheSnapshot() external {
        address[3] memory wanted = drawnOf(panel.panelOf(dispute, 0));
        skip(DRAW_DELAY);
        // All of them leave, and a new one comes, after the beacon is public.
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(market.nodeOf(wanted[i]).owner);
            market.retire(wanted[i]);
        }
        fund(ownerAt(20), MIN_STAKE);
        register(ownerAt(20), keyAt(20));
        panel.draw(dispute, "");
        Seat[] memory drawn = panel.panelOf(dispute, 0).drawn;
        for (uint256 i = 0; i < 3; ++i) vm.assertEq(drawn[i].node, wanted[i]);
    }

    function test_GivenTheClassHasFewerOwnersThanSeats() external {
        for (uint256 i = 4; i < OWNERS; ++i) {
            vm.prank(ownerAt(i));
            market.retire(nodeAt(i));
        }
        skip(1);
        bytes32 other = challengeAs(ownerAt(1), proofOf(1));
        seat(other, 0);
        vm.assertEq(panel.panelOf(other, 0).drawn.length, 2); // four owners, less the node's and the challenger
    }

    function test_GivenMostOfTheRosterHasLeft() external {
        fund(ownerAt(2), MIN_STAKE * 110);
        for (uint256 i = 0; i < 110; ++i) {
            register(ownerAt(2), 0x9000 + i);
            vm.prank(ownerAt(2));
            market.retire(vm.addr(0x9000 + i));
        }
        bytes32 other = challenge(1);
        skip(DRAW_DELAY);
        drawCheaply(other, 0);
        vm.assertEq(panel.panelOf(other, 0).drawn.length, 3);
        skip(order.maxRun + SLACK + REVEAL_FOR + 2);
        appeal(other);
        skip(DRAW_DELAY);
        drawCheaply(other, 1);
        vm.assertEq(panel.panelOf(other, 1).drawn.length, 7);
    }

    // ---- committing ----

    function test_RevertGiven_ThePanelIsNotSeated() external {
        refuse(abi.encodeWithSelector(IPanelArbiter.PanelNotSeated.selector, dispute, 0));
        vm.prank(nodeAt(1));
        panel.vote(dispute, "commitment");
    }

    function test_RevertWhen_TheCallerWasNotDrawn() external {
        seat(dispute, 0);
        refuse(abi.encodeWithSelector(IPanelArbiter.NotDrawn.selector, dispute, 0, node));
        vm.prank(node);
        panel.vote(dispute, "commitment");
    }

    function test_RevertWhen_ItComesTwiceOrIsNothing() external {
        seat(dispute, 0);
        address juror = jurorAt(dispute, 0, 0);
        vm.startPrank(juror);
        bytes memory reason = abi.encodeWithSelector(IPanelArbiter.VoteKnown.selector, dispute, 0, juror);
        refuse(reason);
        panel.vote(dispute, 0);
        panel.vote(dispute, "commitment");
        refuse(reason);
        panel.vote(dispute, "another");
    }

    function test_RevertWhen_TheTimeIsOver() external {
        seat(dispute, 0);
        uint256 last = time + order.maxRun + SLACK;
        skip(order.maxRun + SLACK);
        commitVote(dispute, 0, 0, Verdict.VALID, 0);
        skip(1);
        address juror = jurorAt(dispute, 0, 1);
        refuse(abi.encodeWithSelector(IPanelArbiter.VoteTooLate.selector, dispute, last));
        vm.prank(juror);
        panel.vote(dispute, "commitment");
    }

    // ---- revealing ----

    function test_RevertGiven_OthersMayStillCommit() external {
        seat(dispute, 0);
        commitVote(dispute, 0, 0, Verdict.VALID, 0);
        commitVote(dispute, 0, 1, Verdict.VALID, 0);
        uint256 from = panel.panelOf(dispute, 0).commitBy + 1;
        expectReveal(0, abi.encodeWithSelector(IPanelArbiter.RevealTooEarly.selector, dispute, from));
        commitVote(dispute, 0, 2, Verdict.VALID, 0);
        revealVote(dispute, 0, 0, Verdict.VALID, 0);
    }

    function test_RevertWhen_ItIsNotWhatWasCommitted() external {
        seat(dispute, 0);
        for (uint256 i = 0; i < 3; ++i) commitVote(dispute, 0, i, Verdict.INVALID, 0);
        address juror = jurorAt(dispute, 0, 0);
        expectReveal(0, abi.encodeWithSelector(IPanelArbiter.VoteMismatch.selector, dispute, 0, juror));
    }

    function test_RevertWhen_ItIsAnothersCopied() external {
        seat(dispute, 0);
        commitVote(dispute, 0, 0, Verdict.VALID, 0);
        Seat[] memory drawn = panel.panelOf(dispute, 0).drawn;
        vm.prank(drawn[1].node);
        panel.vote(dispute, drawn[0].commitment);
        commitVote(dispute, 0, 2, Verdict.VALID, 0);
        revealVote(dispute, 0, 0, Verdict.VALID, 0);
        expectReveal(1, abi.encodeWithSelector(IPanelArbiter.VoteMismatch.selector, dispute, 0, drawn[1].node));
    }

    function test_RevertWhen_ItComesTwiceOrTooLate() external {
        seat(dispute, 0);
        for (uint256 i = 0; i < 3; ++i) commitVote(dispute, 0, i, Verdict.VALID, 0);
        revealVote(dispute, 0, 0, Verdict.VALID, 0);
        address juror = jurorAt(dispute, 0, 0);
        expectReveal(0, abi.encodeWithSelector(IPanelArbiter.VoteKnown.selector, dispute, 0, juror));
        uint256 last = time + REVEAL_FOR;
        skip(REVEAL_FOR + 1);
        expectReveal(1, abi.encodeWithSelector(IPanelArbiter.VoteTooLate.selector, dispute, last));
    }

    function test_RevertWhen_ItSaysUnavailableBeforeTheDataWasDue() external {
        seat(dispute, 0);
        uint256 due = panel.panelOf(dispute, 0).dataBy;
        uint256 committedAt = time;
        for (uint256 i = 0; i < 3; ++i) commitVote(dispute, 0, i, Verdict.UNAVAILABLE, 0);
        address juror = jurorAt(dispute, 0, 0);
        refuse(abi.encodeWithSelector(IPanelArbiter.DataStillDue.selector, dispute, committedAt, due));
        vm.prank(juror);
        panel.reveal(dispute, Verdict.UNAVAILABLE, 0, "salt");
    }

    // ---- concluding ----

    function test_RevertGiven_VotesOrAppealsAreOpen() external {
        refuse(abi.encodeWithSelector(IPanelArbiter.PanelNotSeated.selector, dispute, 0));
        panel.conclude(order.pack(), receipt, dispute);
        judge(dispute, 0, same(Verdict.VALID, 3));
        uint256 until = time + APPEAL_FOR;
        skip(APPEAL_FOR - 1);
        refuse(abi.encodeWithSelector(IPanelArbiter.VotesStillOpen.selector, dispute, until));
        panel.conclude(order.pack(), receipt, dispute);
        skip(1);
        panel.conclude(order.pack(), receipt, dispute);
    }

    function test_RevertWhen_ItComesTwice() external {
        judge(dispute, 0, same(Verdict.VALID, 3));
        conclude(dispute, 0);
        refuse(abi.encodeWithSelector(IPanelArbiter.CaseConcluded.selector, dispute));
        panel.conclude(order.pack(), receipt, dispute);
    }

    function test_GivenThreeAgreeItIsInvalid() external {
        judge(dispute, 0, same(Verdict.INVALID, 3));
        uint256 jurors = jurorsFree(dispute, 0);
        conclude(dispute, 0);
        before.consumerFree += 2e6;
        before.stake = before.locked = before.open = 0;
        before.pool += 69e6 - 3 * FEE;
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore + 30e6);
        vm.assertEq(jurorsFree(dispute, 0), jurors + 3 * FEE);
    }

    function test_GivenTwoAgreeAndOneIsSilent() external {
        judge(dispute, 0, same(Verdict.INVALID, 2));
        address silent = jurorAt(dispute, 0, 2);
        conclude(dispute, 0);
        assertStatus(node, NodeStatus.JAILED);
        vm.assertEq(market.nodeOf(silent).stake, MIN_STAKE - SLICE);
        before.consumerFree += 2e6;
        before.stake = before.locked = before.open = 0;
        before.pool += 69e6 - 2 * FEE + SLICE;
        assertBooks(before);
    }

    function test_GivenABribedJurorIsOutVoted() external {
        judge(dispute, 0, votes3(Verdict.VALID, Verdict.INVALID, Verdict.INVALID));
        address bribed = jurorAt(dispute, 0, 0);
        conclude(dispute, 0);
        assertStatus(node, NodeStatus.JAILED);
        vm.assertEq(market.nodeOf(bribed).stake, MIN_STAKE - SLICE);
    }

    function test_GivenEachGotAnotherDigest() external {
        seat(dispute, 0);
        for (uint256 i = 0; i < 3; ++i) commitVote(dispute, 0, i, Verdict.INVALID, bytes32(i + 1));
        for (uint256 i = 0; i < 3; ++i) revealVote(dispute, 0, i, Verdict.INVALID, bytes32(i + 1));
        vm.assertEq(uint256(panel.panelOf(dispute, 0).verdict), uint256(Verdict.INCONCLUSIVE));
        conclude(dispute, 0);
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore - 3 * FEE);
        skip(order.challengeFor);
        settle(order, receipt, keeper); // the consumer bears the risk of its own container
    }

    function test_GivenTheDataWasWithheld() external {
        judge(dispute, 0, votes3(Verdict.UNAVAILABLE, Verdict.UNAVAILABLE, Verdict.INCONCLUSIVE));
        conclude(dispute, 0);
        assertState(order, 0, JobState.VOID);
        before.consumerFree += 1e6;
        before.stake -= 2 * FEE;
        before.locked = before.open = 0;
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore);
    }

    function test_GivenTwoFindItValid() external {
        judge(dispute, 0, votes3(Verdict.VALID, Verdict.VALID, Verdict.INCONCLUSIVE));
        conclude(dispute, 0);
        before.ownerFree += BOND - 2 * FEE;
        assertBooks(before);
        settle(order, receipt, consumer);
    }

    function test_GivenAllAbstain() external {
        judge(dispute, 0, same(Verdict.INCONCLUSIVE, 3));
        conclude(dispute, 0);
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore);
    }

    function test_GivenNobodyVotes() external {
        judge(dispute, 0, new Verdict[](0));
        conclude(dispute, 0);
        before.pool += 3 * SLICE;
        assertBooks(before);
        vm.assertEq(freeOf(challenger), challengerBefore);
    }

    // ---- appeals ----

    function test_RevertGiven_VotesAreOpenOrTheTimeIsOver() external {
        refuse(abi.encodeWithSelector(IPanelArbiter.PanelNotSeated.selector, dispute, 0));
        appeal(dispute);
        seat(dispute, 0);
        uint256 end = time + order.maxRun + SLACK + 1 + REVEAL_FOR + 1;
        skip(end - 1 - time);
        refuse(abi.encodeWithSelector(IPanelArbiter.VotesStillOpen.selector, dispute, end));
        appeal(dispute);
        skip(1 + APPEAL_FOR);
        refuse(abi.encodeWithSelector(IPanelArbiter.AppealTooLate.selector, dispute, time));
        appeal(dispute);
    }

    function test_RevertGiven_ItWasAppealedBefore() external {
        judge(dispute, 0, same(Verdict.VALID, 3));
        appeal(dispute);
        refuse(abi.encodeWithSelector(IMarketErrors.DisputeAppealed.selector, dispute));
        appeal(dispute);
    }

    function test_RevertGiven_TooFewOwnersAreLeft() external {
        judge(dispute, 0, same(Verdict.VALID, 3));
        for (uint256 i = 7; i < OWNERS; ++i) {
            vm.prank(ownerAt(i));
            market.retire(nodeAt(i));
        }
        refuse(abi.encodeWithSelector(IPanelArbiter.PanelTooSmall.selector, CLASS, 7, 8));
        appeal(dispute);
    }

    function test_GivenTheSecondPanelOverturns() external {
        judge(dispute, 0, same(Verdict.VALID, 3));
        appeal(dispute);
        judge(dispute, 1, same(Verdict.INVALID, 5)); // and two silent
        conclude(dispute, 1);
        assertStatus(node, NodeStatus.JAILED);
        vm.assertEq(freeOf(appellant), 100e6);
        vm.assertEq(freeOf(challenger), challengerBefore + 30e6);
        before.consumerFree += 2e6;
        before.stake = before.locked = before.open = 0;
        before.pool += 69e6 - 5 * FEE + 5 * SLICE; // three bribed, two silent
        assertBooks(before);
    }

    function test_GivenTheSecondPanelAgrees() external {
        judge(dispute, 0, same(Verdict.VALID, 3));
        appeal(dispute);
        judge(dispute, 1, same(Verdict.VALID, 7));
        conclude(dispute, 1);
        before.ownerFree += BOND;
        before.pool += APPEAL_BOND - 10 * FEE;
        assertBooks(before);
        vm.assertEq(freeOf(appellant), 100e6 - APPEAL_BOND);
        vm.assertEq(freeOf(challenger), challengerBefore - BOND);
    }

    function test_GivenAWatcherOfTheLog() external {
        address[3] memory wanted = drawnOf(panel.panelOf(dispute, 0));
        skip(DRAW_DELAY);
        uint32 commitBy = uint32(time + order.maxRun + SLACK);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(panel));
            emit IPanelArbiter.JurorDrawn(dispute, 0, wanted[i], market.nodeOf(wanted[i]).owner);
        }
        vm.expectEmit(address(panel));
        emit IPanelArbiter.PanelSeated(dispute, 0, 3, uint32(time + DATA_FOR), commitBy);
        panel.draw(dispute, "");
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 commitment = keccak256(
                abi.encode(dispute, 0, wanted[i], Verdict.VALID, bytes32("out"), bytes32("salt"))
            );
            vm.expectEmit(address(panel));
            emit IPanelArbiter.VoteCommitted(dispute, 0, wanted[i], commitment);
            vm.prank(wanted[i]);
            panel.vote(dispute, commitment);
        }
        vm.expectEmit(address(panel));
        emit IPanelArbiter.VoteRevealed(dispute, 0, wanted[0], Verdict.VALID, "out");
        vm.prank(wanted[0]);
        panel.reveal(dispute, Verdict.VALID, "out", "salt");
        skip(REVEAL_FOR + 1);

        vm.expectEmit(address(market));
        emit IMarketEvents.Appealed(dispute, appellant, APPEAL_BOND);
        vm.expectEmit(address(panel));
        emit IPanelArbiter.PanelOpened(dispute, 1, CLASS, uint32(OWNERS), uint64(time + DRAW_DELAY), uint96(FEE));
        appeal(dispute);
        judge(dispute, 1, same(Verdict.VALID, 7));
        vm.expectEmit(address(panel));
        emit IPanelArbiter.Concluded(dispute, 1, Verdict.VALID);
        panel.conclude(order.pack(), receipt, dispute);
    }

    function test_GivenTheFirstAndTheLastSecondOfEachStep() external {
        seat(dispute, 0);
        PanelView memory p = panel.panelOf(dispute, 0);
        skip(p.dataBy - 1 - time);
        commitVote(dispute, 0, 0, Verdict.UNAVAILABLE, 0);
        skip(1);
        commitVote(dispute, 0, 1, Verdict.UNAVAILABLE, 0);
        skip(p.commitBy - time); // still for commits
        address early = jurorAt(dispute, 0, 0);
        refuse(abi.encodeWithSelector(IPanelArbiter.RevealTooEarly.selector, dispute, time + 1));
        vm.prank(early);
        panel.reveal(dispute, Verdict.UNAVAILABLE, 0, "salt");
        skip(1 + REVEAL_FOR);
        refuse(abi.encodeWithSelector(IPanelArbiter.DataStillDue.selector, dispute, p.dataBy - 1, p.dataBy));
        vm.prank(early);
        panel.reveal(dispute, Verdict.UNAVAILABLE, 0, "salt");
        revealVote(dispute, 0, 1, Verdict.UNAVAILABLE, 0);
        vm.assertEq(panel.panelOf(dispute, 0).endedAt, time + 1); // one is committed and not open
        skip(APPEAL_FOR);
        refuse(abi.encodeWithSelector(IPanelArbiter.VotesStillOpen.selector, dispute, time + 1));
        panel.conclude(order.pack(), receipt, dispute);
        appeal(dispute);

        seat(dispute, 1);
        p = panel.panelOf(dispute, 1);
        skip(p.revealBy - time);
        refuse(abi.encodeWithSelector(IPanelArbiter.VotesStillOpen.selector, dispute, time + 1));
        panel.conclude(order.pack(), receipt, dispute);
        skip(1);
        panel.conclude(order.pack(), receipt, dispute);
        assertState(order, 0, JobState.SUBMITTED_OK);
    }

    // ---- inside ----

    /// @dev The draw once more: node i stands at place i of the roster, and node 0 is the judged one.
    function drawnOf(PanelView memory p) private view returns (address[3] memory wanted) {
        bytes32 random = keccak256(abi.encode(panel.config().beacon, p.beaconRound));
        uint256 count;
        for (uint256 tries = 0; count < 3; ++tries) {
            uint256 place = uint256(keccak256(abi.encode(random, dispute, tries))) % p.rosterLength;
            bool seated = place == 0;
            for (uint256 i = 0; i < count; ++i) seated = seated || wanted[i] == nodeAt(place);
            if (!seated) wanted[count++] = nodeAt(place);
        }
    }

    /// @dev A call looks at 48 places, each against all who are seated, whatever the roster's length.
    function drawCheaply(bytes32 which, uint8 round) private {
        uint256 most = (64 + 8 * uint256(panel.panelOf(which, round).rosterLength)) / 48 + 1;
        for (uint256 calls = 0; panel.panelOf(which, round).commitBy == 0; ++calls) {
            uint256 gas = gasleft();
            panel.draw(which, "");
            vm.assertLt(gas - gasleft(), 3_000_000);
            vm.assertTrue(calls < most, "drawing ends");
        }
    }

    function expectReveal(uint256 i, bytes memory reason) private {
        address juror = jurorAt(dispute, 0, i);
        refuse(reason);
        vm.prank(juror);
        panel.reveal(dispute, Verdict.VALID, 0, "salt");
    }

    function deploys(PanelConfig memory config) private returns (bool) {
        return deploys(bytes.concat(vm.getCode("PanelArbiter"), abi.encode(config)));
    }

    function deploys(bytes memory code) private returns (bool) {
        address made;
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        return made != address(0);
    }
}
