// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PanelView, Seat} from "../../interfaces/IPanelArbiter.sol";
import {LeafProof, Verdict} from "../../types/Dispute.sol";
import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order, Terms} from "../../types/Terms.sol";
import {DisputeTest} from "../base/DisputeTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

/// @notice What panels ought to hold: who served when, who said what, and what that comes to.
abstract contract PanelGhost is DisputeTest {
    using TermsPacker for Order;

    struct Work {
        Order order;
        Result result;
        Receipt receipt;
    }

    struct Frozen {
        uint256 since;
        uint256 length; // of the roster
    }

    // solhint-disable-next-line gas-struct-packing
    struct Trial {
        bytes32 id;
        uint256 work;
        uint64 index;
        bool withheld;
        address challenger;
        address appellant;
        uint8 round;
        bool open;
        uint256 bonds;
        Verdict truth; // what honest jurors find; INCONCLUSIVE: each finds another output
        Frozen[2] frozen;
    }

    // solhint-disable-next-line gas-struct-packing
    struct Slip {
        Verdict vote;
        bytes32 digest;
        bytes32 salt;
        bytes32 commitment;
        uint256 since;
        bool revealed;
    }

    struct Service {
        uint256 from;
        uint256 until; // 0 = still serves
    }

    uint256 internal constant MOST_WORKS = 12;
    uint256 internal constant MOST_TRIALS = 30;

    Work[] internal works;
    Trial[] internal trials;
    mapping(bytes32 dispute => mapping(uint8 round => mapping(address juror => Slip))) internal slips;
    address[] internal members;
    mapping(address member => Service[]) internal services;
    address[] internal purses; // everybody who can hold money in the market
    mapping(bytes32 milestone => uint256) internal reached;
    uint256 internal tried; // what had to be refused
    uint256 internal swallowed; // and was not
    string internal swallowedCall;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < OWNERS; ++i) {
            purses.push(ownerAt(i));
            members.push(nodeAt(i));
            services[nodeAt(i)].push(Service(market.nodeOf(nodeAt(i)).activatedAt, 0));
            fund(ownerAt(i), 200e6);
            fund(nodeAt(i), 50e6); // a node's key may challenge, too
            purses.push(nodeAt(i));
        }
        purses.push(consumer);
        purses.push(challenger);
        purses.push(appellant);
        purses.push(keeper);
        works.push(Work(order, result, receipt));
    }

    /// @dev Keeps the times of service, which the market forgets.
    modifier watched() {
        _;
        for (uint256 i = 0; i < members.length; ++i) {
            Service[] storage list = services[members[i]];
            bool serves = market.nodeOf(members[i]).status == NodeStatus.ACTIVE;
            bool served = list.length > 0 && list[list.length - 1].until == 0;
            if (served && !serves) list[list.length - 1].until = time;
            if (!served && serves) list.push(Service(market.nodeOf(members[i]).activatedAt, 0));
        }
    }

    function enrol(address owner_, uint256 key) internal {
        register(owner_, key);
        members.push(vm.addr(key));
    }

    /// @dev A job of two tasks from post to submit, by any node that is able.
    function submitOne(uint256 seed) internal {
        Order memory o = order;
        o.salt = uint96(100 + works.length);
        o.postBy = uint32(time + 1 days);
        o.consumer = draw(seed, "consumer") % 3 == 0 ? ownerAt(9) : consumer;
        (bool found, uint256 which) = find(draw(seed, "node"), members.length, canWork);
        if (!found || freeOf(o.consumer) < o.maxPrice) return;
        o.node = members[which];
        post(o);
        skip(1 + (seed % 60));
        claim(o, 0, o.node);
        skip(1 + (seed % 100));
        Result memory r = result;
        r.outcome = resultOf(o, 0, Status.OK, 1).outcome;
        submit(o, 0, o.node, r);
        bytes32 digest = market.digestOf(o.pack(), 0, o.node, r);
        works.push(Work(o, r, Receipt(0, o.node, 1e6, uint32(time), digest)));
    }

    function file(bytes32 id_, uint256 w, LeafProof memory proof, address caller) internal {
        Trial storage t = trials.push();
        (t.id, t.work, t.challenger) = (id_, w, caller);
        (t.index, t.withheld) = (proof.index, proof.withheld);
        (t.open, t.bonds) = (true, BOND);
        freeze(t, 0);
    }

    function freeze(Trial storage t, uint8 round) internal {
        t.frozen[round] = Frozen(time, members.length);
    }

    /// @dev A call that has to revert.
    function refused(address caller, address target, bytes memory call, string memory what) internal {
        ++tried;
        vm.prank(caller);
        (bool success, ) = target.call(call);
        if (!success) return;
        ++swallowed;
        swallowedCall = what;
    }

    // ---- what votes come to, in plain words ----

    function verdictOf(Trial storage t, uint8 round) internal view returns (Verdict) {
        Seat[] memory drawn = panel.panelOf(t.id, round).drawn;
        uint256 seats = round == 0 ? 3 : 7;
        uint256 most = round == 0 ? 2 : 5;
        uint256[4] memory votes;
        uint256 agreeing;
        for (uint256 i = 0; i < drawn.length; ++i) {
            Slip storage slip = slips[t.id][round][drawn[i].node];
            if (!slip.revealed) continue;
            ++votes[uint256(slip.vote)];
            uint256 same_;
            for (uint256 k = 0; k < drawn.length; ++k) {
                Slip storage other = slips[t.id][round][drawn[k].node];
                bool equal = other.revealed && other.vote == Verdict.INVALID && other.digest == slip.digest;
                if (slip.vote == Verdict.INVALID && equal) ++same_;
            }
            if (same_ > agreeing) agreeing = same_;
        }
        if (agreeing >= most) return Verdict.INVALID;
        if (votes[uint256(Verdict.UNAVAILABLE)] >= most) return Verdict.UNAVAILABLE;
        return votes[uint256(Verdict.VALID)] * 2 > seats ? Verdict.VALID : Verdict.INCONCLUSIVE;
    }

    /// @param mood 1, 2: says anything, or what it found too soon; 3: cannot tell; else says what it found
    function opinionOf(Trial storage t, address juror, uint256 mood) internal view returns (Verdict, bytes32) {
        if (mood == 3) return (Verdict.INCONCLUSIVE, 0);
        if (mood <= 2 && t.truth != Verdict.UNAVAILABLE) {
            uint256 fancy = draw(uint256(uint160(juror)), keccak256(abi.encode(t.id, t.round)));
            return (Verdict(fancy % 4), fancy % 8 < 4 ? bytes32("right") : bytes32(fancy));
        }
        if (t.truth == Verdict.INCONCLUSIVE) return (Verdict.INVALID, bytes32(uint256(uint160(juror))));
        return (t.truth, t.truth == Verdict.UNAVAILABLE ? bytes32(0) : bytes32("right"));
    }

    /// @dev The first second in which anyone may conclude.
    function finalAt(Trial storage t) internal view returns (uint256) {
        return panel.panelOf(t.id, t.round).endedAt + (t.round == 0 ? APPEAL_FOR : 0);
    }

    // ---- who and which ----

    /// @dev Mostly strangers, at times a party, a node's key, or the judged node's own owner.
    function anyone(uint256 seed, uint256 w) internal view returns (address) {
        if (seed % 4 == 0) return market.nodeOf(works[w].receipt.node).owner;
        if (seed % 4 == 1) return seed % 8 < 4 ? challenger : works[w].order.consumer;
        return purses[(seed / 4) % purses.length];
    }

    function draw(uint256 seed, bytes32 what) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }

    /// @dev The first thing from a random place on that fits.
    function find(
        uint256 seed,
        uint256 length,
        function(uint256) internal view returns (bool) fits
    ) internal view returns (bool found, uint256 which) {
        for (uint256 i = 0; i < length; ++i) {
            which = ((seed % length) + i) % length;
            if (fits(which)) return (true, which);
        }
    }

    function termsOf(uint256 w) internal view returns (Terms memory) {
        return works[w].order.pack();
    }

    function canWork(uint256 which) internal view returns (bool) {
        return
            market.nodeOf(members[which]).status == NodeStatus.ACTIVE &&
            market.nodeOf(members[which]).activatedAt < time &&
            market.nodeOf(members[which]).open < 4;
    }

    function isSubmitted(uint256 w) internal view returns (bool) {
        JobState state = market.jobOf(termsOf(w), 0).state;
        return state == JobState.SUBMITTED_OK || state == JobState.SUBMITTED_FAIL;
    }

    function isHeld(uint256 w) internal view returns (bool) {
        return isSubmitted(w) && openTrials(w) > 0;
    }

    function openTrials(uint256 w) internal view returns (uint256 count) {
        for (uint256 i = 0; i < trials.length; ++i) if (trials[i].open && trials[i].work == w) ++count;
    }

    function mayChallenge(uint256 w, LeafProof memory proof) internal view returns (bool) {
        for (uint256 i = 0; i < trials.length; ++i) {
            Trial storage t = trials[i];
            if (t.open && t.work == w && t.index == proof.index && t.withheld == proof.withheld) return false;
        }
        uint256 window = uint256(works[w].receipt.submittedAt) + works[w].order.challengeFor;
        if (openTrials(w) > 0) return time < window + 4 days + CHALLENGE_FLOOR;
        return time < market.jobOf(termsOf(w), 0).deadline;
    }

    function isLapsedTrial(Trial storage t) internal view returns (bool) {
        return t.open && !isSubmitted(t.work);
    }

    function isLapsed(uint256 which) internal view returns (bool) {
        return isLapsedTrial(trials[which]);
    }

    function isUnseated(uint256 which) internal view returns (bool) {
        Trial storage t = trials[which];
        return t.open && panel.panelOf(t.id, t.round).commitBy == 0;
    }

    function isSeated(uint256 which) internal view returns (bool) {
        return trials[which].open && isSubmitted(trials[which].work) && !isUnseated(which);
    }

    function isVoting(uint256 which) internal view returns (bool) {
        Trial storage t = trials[which];
        return isSeated(which) && time <= panel.panelOf(t.id, t.round).commitBy;
    }

    /// @dev A vote is committed and not open.
    function isOpening(uint256 which) internal view returns (bool) {
        Trial storage t = trials[which];
        if (!isSeated(which)) return false;
        PanelView memory p = panel.panelOf(t.id, t.round);
        for (uint256 i = 0; i < p.drawn.length; ++i) {
            Slip storage slip = slips[t.id][t.round][p.drawn[i].node];
            if (slip.commitment != 0 && !slip.revealed) return true;
        }
        return false;
    }

    function isAppealable(uint256 which) internal view returns (bool) {
        return isSeated(which) && trials[which].round == 0;
    }

    function isJuror(Trial storage t, address who) internal view returns (bool) {
        Seat[] memory drawn = panel.panelOf(t.id, t.round).drawn;
        for (uint256 i = 0; i < drawn.length; ++i) if (drawn[i].node == who) return true;
        return false;
    }

    // ---- checks ----

    /// @notice All money is somewhere, once.
    function checkMoney() external view {
        (uint256 treasury, uint256 owed) = market.totals();
        owed += treasury;
        for (uint256 i = 0; i < purses.length; ++i) {
            (uint256 free, uint256 fees) = market.accountOf(purses[i]);
            owed += free + fees;
        }
        for (uint256 i = 0; i < members.length; ++i) owed += market.nodeOf(members[i]).stake;
        for (uint256 w = 0; w < works.length; ++w) if (isSubmitted(w)) owed += works[w].order.maxPrice;
        for (uint256 i = 0; i < trials.length; ++i) owed += trials[i].bonds;
        vm.assertEq(
            asset.balanceOf(address(market)),
            owed,
            "1, 12: balance = free + fees + stakes + escrow + bonds + totals"
        );
        vm.assertEq(asset.balanceOf(address(panel)), 0, "the panel holds no money");
    }

    function checkChallenges() external view {
        for (uint256 w = 0; w < works.length; ++w) {
            if (!isSubmitted(w)) continue;
            vm.assertEq(
                uint256(market.jobOf(termsOf(w), 0).challenges),
                openTrials(w),
                "13: job.challenges = count of its open disputes"
            );
        }
    }

    function checkJurors() external view {
        for (uint256 i = 0; i < trials.length; ++i) {
            for (uint8 round = 0; round <= trials[i].round; ++round) checkPanel(trials[i], round);
        }
    }

    function checkRefused() external view {
        vm.assertEq(swallowed, 0, string.concat("went through: ", swallowedCall));
    }

    function checkEnded() external view {
        for (uint256 i = 0; i < trials.length; ++i) vm.assertFalse(trials[i].open);
        for (uint256 w = 0; w < works.length; ++w) vm.assertFalse(isSubmitted(w));
    }

    function timesOf(bytes32 milestone) external view returns (uint256) {
        return milestone == "refused" ? tried : reached[milestone];
    }

    function checkPanel(Trial storage t, uint8 round) private view {
        PanelView memory p = panel.panelOf(t.id, round);
        vm.assertEq(p.snapshotAt, t.frozen[round].since, "the snapshot is of the challenge or the appeal");
        vm.assertEq(p.rosterLength, t.frozen[round].length, "the roster is as long as it was then");
        for (uint256 i = 0; i < p.drawn.length; ++i) {
            address juror = p.drawn[i].node;
            address owner_ = market.nodeOf(juror).owner;
            vm.assertTrue(market.nodeOf(juror).rosterIndex < p.rosterLength, "a juror was on the roster");
            vm.assertTrue(servedAt(juror, p.snapshotAt), "a juror served when the roster was frozen");
            vm.assertTrue(owner_ != market.nodeOf(works[t.work].receipt.node).owner, "no juror of the judged owner");
            vm.assertFalse(isParty(works[t.work].order.consumer, juror, owner_));
            vm.assertFalse(isParty(t.challenger, juror, owner_));
            if (round == 1) vm.assertFalse(isParty(t.appellant, juror, owner_));
            for (uint256 k = 0; k < i; ++k) {
                vm.assertTrue(market.nodeOf(p.drawn[k].node).owner != owner_, "no owner judges twice");
            }
            Slip storage slip = slips[t.id][round][juror];
            vm.assertEq(p.drawn[i].commitment, slip.commitment);
            vm.assertEq(p.drawn[i].revealed ? 1 : 0, slip.revealed ? 1 : 0, "a seat holds its juror's one vote");
            if (slip.revealed) vm.assertEq(uint256(p.drawn[i].vote), uint256(slip.vote));
        }
    }

    function servedAt(address member, uint256 moment) private view returns (bool) {
        Service[] storage list = services[member];
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].from <= moment && (list[i].until == 0 || moment < list[i].until)) return true;
        }
        return false;
    }

    function isParty(address party, address juror, address owner_) private view returns (bool) {
        return juror == party || owner_ == party || market.nodeOf(party).owner == owner_;
    }
}
