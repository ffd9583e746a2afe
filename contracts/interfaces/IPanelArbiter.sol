// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Verdict} from "../types/Dispute.sol";
import {Receipt} from "../types/Receipt.sol";
import {Terms} from "../types/Terms.sol";
import {IArbiter} from "./IArbiter.sol";

/// @notice How a panel arbiter runs, fixed at its deployment. Durations in seconds.
struct PanelConfig {
    address beacon;
    uint32 minOwners; // least distinct owners of active nodes in the class
    uint96 minFee; // asset units a juror gets at least
    uint32 drawDelay; // from the challenge to the randomness
    uint32 slack; // beyond the task's own time, to fetch, run and vote
    uint32 dataFor; // from the seating, in which data may still be handed over: no earlier vote of UNAVAILABLE counts
    uint32 revealFor;
    uint32 appealFor;
}

/// @notice A juror's place. Two rounds: 0 with three seats, 1 (the appeal) with seven.
struct Seat {
    address node;
    uint32 committedAt; // unix seconds; 0 = not yet
    bool revealed;
    Verdict vote; // once revealed; INCONCLUSIVE = abstained
    bytes32 commitment; // keccak256(abi.encode(dispute, round, node, vote, digest, salt))
    bytes32 digest; // of the outputs the juror got, once revealed
}

/// @notice One round of a dispute. Times are unix seconds, 0 while unknown.
struct PanelView {
    uint8 seats; // wanted
    uint32 snapshotAt; // who was active then may be drawn
    uint32 rosterLength;
    uint64 beaconRound;
    uint32 commitBy; // last second to commit; 0 = not seated yet
    uint32 dataBy; // first second in which a committed UNAVAILABLE counts
    uint32 revealFrom; // first second to reveal; 0 = not seated yet
    uint32 revealBy; // last second to reveal
    uint32 endedAt; // the round's votes are final from then; 0 = not seated yet
    Verdict verdict; // as the votes stand
    Seat[] drawn;
}

struct CaseView {
    uint8 round; // 1 once appealed; the panels are numbered so
    bool concluded;
    uint16 class;
    uint96 fee; // asset units a juror
    address node; // whose result it is
    address consumer;
    address challenger;
}

/// @title A drawn panel of nodes that re-run one task
/// @notice Jurors are drawn from the order's class by a beacon round fixed at the challenge, after the roster was frozen. They
/// commit, then reveal. INVALID and UNAVAILABLE need two thirds of the seats, INVALID all with one digest (a juror under
/// `tolerance` gives zero); VALID a simple majority; all else is INCONCLUSIVE. One appeal, by anyone, is final.
interface IPanelArbiter is IArbiter {
    /// @notice The roster of `class` was frozen at `rosterLength`; the randomness is that of `beaconRound`.
    event PanelOpened(
        bytes32 indexed dispute,
        uint8 indexed round,
        uint16 class,
        uint32 rosterLength,
        uint64 beaconRound,
        uint96 fee
    );
    event JurorDrawn(bytes32 indexed dispute, uint8 indexed round, address indexed node, address owner);
    /// @notice Drawing is over; `jurors` may be fewer than the seats when the class has no more owners.
    event PanelSeated(bytes32 indexed dispute, uint8 indexed round, uint256 jurors, uint32 dataBy, uint32 commitBy);
    event VoteCommitted(bytes32 indexed dispute, uint8 indexed round, address indexed node, bytes32 commitment);
    event VoteRevealed(
        bytes32 indexed dispute,
        uint8 indexed round,
        address indexed node,
        Verdict vote,
        bytes32 digest
    );
    /// @notice The market was told.
    event Concluded(bytes32 indexed dispute, uint8 round, Verdict verdict);

    error AlreadyBound(address market);
    error NotTheMarket(address caller, address market);
    /// @notice There is no contract at the beacon's address.
    error BeaconMissing(address beacon);
    /// @notice Both rounds with all their waiting must fit the market's time for a dispute.
    error PanelTooSlow(uint256 needed, uint256 most);
    error PanelTooSmall(uint16 class, uint256 owners, uint256 needed);
    error CaseKnown(bytes32 dispute);
    error CaseUnknown(bytes32 dispute);
    error CaseConcluded(bytes32 dispute);
    error PanelSeatedAlready(bytes32 dispute, uint8 round);
    error PanelNotSeated(bytes32 dispute, uint8 round);
    error NotDrawn(bytes32 dispute, uint8 round, address node);
    error VoteKnown(bytes32 dispute, uint8 round, address node);
    error VoteMismatch(bytes32 dispute, uint8 round, address node);
    error VoteTooLate(bytes32 dispute, uint256 last);
    error RevealTooEarly(bytes32 dispute, uint256 from);
    /// @notice UNAVAILABLE was committed before the data had its time to be handed over.
    error DataStillDue(bytes32 dispute, uint256 committedAt, uint256 dataBy);
    error VotesStillOpen(bytes32 dispute, uint256 until);
    error AppealTooLate(bytes32 dispute, uint256 until);
    error AppealedAlready(bytes32 dispute);

    /// @notice Draw jurors; anyone may, from the beacon round's time on. Looks at a bounded number of roster places a call: call
    /// again until `PanelSeated`.
    /// @param signature the beacon's for the panel's round; only the first call of a round reads it
    function draw(bytes32 dispute, bytes calldata signature) external;
    /// @notice Commit to a vote; the caller is a drawn node.
    /// @param commitment keccak256(abi.encode(dispute, round, node, vote, digest, salt)), not zero
    function vote(bytes32 dispute, bytes32 commitment) external;
    /// @notice Open the caller's vote: once all have committed, or the time to commit is over.
    /// @param digest of the outputs the caller got; under `tolerance`, and when it got none, zero
    function reveal(bytes32 dispute, Verdict vote, bytes32 digest, bytes32 salt) external;
    /// @notice Tell the market the verdict; anyone may, once appeals are over.
    function conclude(Terms calldata terms, Receipt calldata receipt, bytes32 dispute) external;

    function market() external view returns (address);
    function config() external view returns (PanelConfig memory);
    function caseOf(bytes32 dispute) external view returns (CaseView memory);
    function panelOf(bytes32 dispute, uint8 round) external view returns (PanelView memory);
}
