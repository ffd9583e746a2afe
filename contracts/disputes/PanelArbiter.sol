// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IArbiter} from "../interfaces/IArbiter.sol";
import {IBeacon} from "../interfaces/IBeacon.sol";
import {IMarket} from "../interfaces/IMarket.sol";
import {CaseView, IPanelArbiter, PanelConfig, PanelView, Seat} from "../interfaces/IPanelArbiter.sol";
import {Ruling, Verdict} from "../types/Dispute.sol";
import {Receipt} from "../types/Receipt.sol";
import {Terms} from "../types/Terms.sol";
import {Votes} from "./Votes.sol";

/// @notice Decides challenges by a panel of nodes that run the task again. Holds no money.
contract PanelArbiter is IPanelArbiter {
    using SafeCast for uint256;

    struct Case {
        // slot 0
        address node; // whose result it is
        uint96 fee; // asset units a juror
        // slot 1
        address consumer;
        uint32 commitFor; // seconds
        uint16 class;
        uint8 round;
        bool concluded;
        // slot 2
        address challenger;
        // slot 3
        address owner; // of the node
        // slot 4
        address appellant; // 0 = nobody yet
        Panel[2] panels;
    }

    struct Panel {
        // slot 0
        uint32 snapshotAt; // unix seconds
        uint32 rosterLength;
        uint64 beaconRound;
        uint32 commitBy; // unix seconds; 0 = not seated yet
        uint32 dataBy; // unix seconds
        uint32 revealFrom; // unix seconds
        uint32 endedAt; // unix seconds; 0 = not all votes are in
        // slot 1
        bytes32 random;
        // slot 2
        uint64 tries; // roster places looked at
        uint8 committed;
        uint8 revealed;
        // slot 3
        Seat[] jurors;
    }

    uint256 private constant SEATS = 3;
    uint256 private constant APPEAL_SEATS = 7;
    uint256 private constant LEAST_APPEAL_OWNERS = 8; // seven jurors and the judged node's owner
    uint256 private constant MAX_LEAF_RUN = 1 days; // as the market bounds maxRun per task
    uint256 private constant MAX_DISPUTE = 4 days; // as the market counts
    uint256 private constant DRAWING = 2 hours; // reckoned for both drawings
    uint256 private constant TRIES_PER_CALL = 48;

    IBeacon private immutable BEACON;
    uint32 private immutable MIN_OWNERS;
    uint96 private immutable MIN_FEE;
    uint32 private immutable DRAW_DELAY;
    uint32 private immutable SLACK;
    uint32 private immutable DATA_FOR;
    uint32 private immutable REVEAL_FOR;
    uint32 private immutable APPEAL_FOR;

    IMarket private _market;
    mapping(bytes32 dispute => Case) private _cases;

    constructor(PanelConfig memory fixed_) {
        uint256 round = uint256(fixed_.drawDelay) + MAX_LEAF_RUN + fixed_.slack + fixed_.revealFor;
        uint256 needed = 2 * round + fixed_.appealFor + DRAWING;
        require(needed <= MAX_DISPUTE, PanelTooSlow(needed, MAX_DISPUTE));
        // However short the task, a juror who finds the data missing must be in time to say so.
        require(fixed_.dataFor <= fixed_.slack, PanelTooSlow(fixed_.dataFor, fixed_.slack));
        require(fixed_.beacon.code.length > 0, BeaconMissing(fixed_.beacon));
        BEACON = IBeacon(fixed_.beacon);
        MIN_OWNERS = fixed_.minOwners;
        MIN_FEE = fixed_.minFee;
        DRAW_DELAY = fixed_.drawDelay;
        SLACK = fixed_.slack;
        DATA_FOR = fixed_.dataFor;
        REVEAL_FOR = fixed_.revealFor;
        APPEAL_FOR = fixed_.appealFor;
    }

    modifier onlyMarket() {
        require(msg.sender == address(_market), NotTheMarket(msg.sender, address(_market)));
        _;
    }

    // ---- for the market ----

    /// @inheritdoc IArbiter
    function bind() external {
        require(address(_market) == address(0), AlreadyBound(address(_market)));
        _market = IMarket(msg.sender);
    }

    /// @inheritdoc IArbiter
    function onChallenge(bytes32 dispute, Terms calldata terms, address node, address challenger) external onlyMarket {
        Case storage entry = _cases[dispute];
        require(entry.node == address(0), CaseKnown(dispute));
        entry.node = node;
        entry.owner = _market.nodeOf(node).owner;
        entry.consumer = terms.consumer();
        entry.challenger = challenger;
        entry.class = terms.class();
        entry.fee = _feeOf(terms).toUint96();
        entry.commitFor = (Math.min(terms.maxRun(), MAX_LEAF_RUN) + SLACK).toUint32();
        _openPanel(dispute, entry, MIN_OWNERS);
    }

    /// @inheritdoc IArbiter
    function onAppeal(bytes32 dispute, Terms calldata, address appellant) external onlyMarket {
        Case storage entry = _knownCase(dispute);
        require(entry.round == 0, AppealedAlready(dispute));
        uint256 ended = _endOf(entry.panels[0]);
        require(ended != 0, PanelNotSeated(dispute, 0));
        require(block.timestamp >= ended, VotesStillOpen(dispute, ended));
        require(block.timestamp < ended + APPEAL_FOR, AppealTooLate(dispute, ended + APPEAL_FOR));
        entry.round = 1;
        entry.appellant = appellant;
        _openPanel(dispute, entry, Math.max(MIN_OWNERS, LEAST_APPEAL_OWNERS));
    }

    /// @inheritdoc IArbiter
    function bondFor(Terms calldata terms) external view returns (uint256) {
        return 2 * SEATS * _feeOf(terms);
    }

    /// @inheritdoc IArbiter
    function appealBondFor(Terms calldata terms) external view returns (uint256) {
        return 4 * SEATS * _feeOf(terms);
    }

    // ---- the panel ----

    /// @inheritdoc IPanelArbiter
    function draw(bytes32 dispute, bytes calldata signature) external {
        Case storage entry = _knownCase(dispute);
        Panel storage panel = entry.panels[entry.round];
        require(panel.commitBy == 0, PanelSeatedAlready(dispute, entry.round));
        bytes32 random = panel.random;
        if (random == 0) panel.random = random = BEACON.verify(panel.beaconRound, signature);

        uint256 seats = _seatsOf(entry.round);
        // Every owner there is turns up in so many draws, all but certainly.
        uint256 most = 64 + 8 * uint256(panel.rosterLength);
        address[7] memory parties = _parties(entry);
        uint256 tries = panel.tries;
        uint256 until = Math.min(most, tries + TRIES_PER_CALL);
        for (; tries < until && panel.jurors.length < seats; ++tries) {
            uint256 place = uint256(keccak256(abi.encode(random, dispute, tries))) % panel.rosterLength;
            _seat(dispute, entry, panel, parties, place);
        }
        panel.tries = tries.toUint64();
        if (panel.jurors.length < seats && tries < most) return;
        panel.commitBy = (block.timestamp + entry.commitFor).toUint32();
        panel.dataBy = (block.timestamp + DATA_FOR).toUint32();
        panel.revealFrom = panel.commitBy + 1;
        emit PanelSeated(dispute, entry.round, panel.jurors.length, panel.dataBy, panel.commitBy);
    }

    /// @inheritdoc IPanelArbiter
    function vote(bytes32 dispute, bytes32 commitment) external {
        Case storage entry = _knownCase(dispute);
        uint8 round = entry.round;
        Panel storage panel = entry.panels[round];
        Seat storage seat = _seatOf(dispute, round, panel);
        require(seat.commitment == 0 && commitment != 0, VoteKnown(dispute, round, msg.sender));
        require(block.timestamp <= panel.commitBy, VoteTooLate(dispute, panel.commitBy));
        seat.commitment = commitment;
        seat.committedAt = block.timestamp.toUint32();
        // The last one opens the reveal.
        if (++panel.committed == panel.jurors.length) panel.revealFrom = block.timestamp.toUint32();
        emit VoteCommitted(dispute, round, msg.sender, commitment);
    }

    /// @inheritdoc IPanelArbiter
    function reveal(bytes32 dispute, Verdict vote_, bytes32 digest, bytes32 salt) external {
        Case storage entry = _knownCase(dispute);
        uint8 round = entry.round;
        Panel storage panel = entry.panels[round];
        Seat storage seat = _seatOf(dispute, round, panel);
        uint256 from = panel.revealFrom;
        require(block.timestamp >= from, RevealTooEarly(dispute, from));
        require(block.timestamp <= from + REVEAL_FOR, VoteTooLate(dispute, from + REVEAL_FOR));
        require(!seat.revealed, VoteKnown(dispute, round, msg.sender));
        bytes32 commitment = keccak256(abi.encode(dispute, round, msg.sender, vote_, digest, salt));
        require(seat.commitment == commitment, VoteMismatch(dispute, round, msg.sender));
        require(
            vote_ != Verdict.UNAVAILABLE || seat.committedAt >= panel.dataBy,
            DataStillDue(dispute, seat.committedAt, panel.dataBy)
        );
        (seat.revealed, seat.vote, seat.digest) = (true, vote_, digest);
        if (++panel.revealed == panel.committed) panel.endedAt = block.timestamp.toUint32();
        emit VoteRevealed(dispute, round, msg.sender, vote_, digest);
    }

    /// @inheritdoc IPanelArbiter
    function conclude(Terms calldata terms, Receipt calldata receipt, bytes32 dispute) external {
        Case storage entry = _knownCase(dispute);
        require(!entry.concluded, CaseConcluded(dispute));
        uint8 round = entry.round;
        uint256 ended = _endOf(entry.panels[round]);
        require(ended != 0, PanelNotSeated(dispute, round));
        uint256 final_ = round == 0 ? ended + APPEAL_FOR : ended;
        require(block.timestamp >= final_, VotesStillOpen(dispute, final_));
        entry.concluded = true;

        Ruling memory ruling;
        ruling.verdict = Votes.verdict(entry.panels[round].jurors, _seatsOf(round));
        ruling.appealWon = round == 1 && ruling.verdict != Votes.verdict(entry.panels[0].jurors, SEATS);
        ruling.fee = entry.fee;
        Seat[] memory jurors =
            round == 0 ? entry.panels[0].jurors : Votes.join(entry.panels[0].jurors, entry.panels[1].jurors);
        (ruling.paid, ruling.faulted) = Votes.judged(jurors, ruling.verdict);
        emit Concluded(dispute, round, ruling.verdict);
        _market.resolve(terms, receipt, dispute, ruling);
    }

    // ---- views ----

    /// @inheritdoc IPanelArbiter
    function market() external view returns (address) {
        return address(_market);
    }

    /// @inheritdoc IPanelArbiter
    function config() external view returns (PanelConfig memory) {
        return PanelConfig(address(BEACON), MIN_OWNERS, MIN_FEE, DRAW_DELAY, SLACK, DATA_FOR, REVEAL_FOR, APPEAL_FOR);
    }

    /// @inheritdoc IPanelArbiter
    function caseOf(bytes32 dispute) external view returns (CaseView memory) {
        Case storage entry = _knownCase(dispute);
        return
            CaseView(
                entry.round,
                entry.concluded,
                entry.class,
                entry.fee,
                entry.node,
                entry.consumer,
                entry.challenger
            );
    }

    /// @inheritdoc IPanelArbiter
    function panelOf(bytes32 dispute, uint8 round) external view returns (PanelView memory) {
        Panel storage panel = _cases[dispute].panels[round];
        bool seated = panel.commitBy != 0;
        return
            PanelView({
                seats: uint8(_seatsOf(round)),
                snapshotAt: panel.snapshotAt,
                rosterLength: panel.rosterLength,
                beaconRound: panel.beaconRound,
                commitBy: panel.commitBy,
                dataBy: panel.dataBy,
                revealFrom: panel.revealFrom,
                revealBy: seated ? panel.revealFrom + REVEAL_FOR : 0,
                endedAt: _endOf(panel).toUint32(),
                verdict: Votes.verdict(panel.jurors, _seatsOf(round)),
                drawn: panel.jurors
            });
    }

    // ---- inside ----

    function _knownCase(bytes32 dispute) private view returns (Case storage entry) {
        entry = _cases[dispute];
        require(entry.node != address(0), CaseUnknown(dispute));
    }

    /// @dev Freezes who may be drawn, and fixes the randomness that does not exist yet.
    function _openPanel(bytes32 dispute, Case storage entry, uint256 leastOwners) private {
        uint16 class = entry.class;
        uint256 owners = _market.classOf(class).owners;
        require(owners >= leastOwners, PanelTooSmall(class, owners, leastOwners));
        (uint256 length, ) = _market.rosterOf(class, 0);
        Panel storage panel = entry.panels[entry.round];
        panel.snapshotAt = block.timestamp.toUint32();
        panel.rosterLength = length.toUint32();
        panel.beaconRound = BEACON.roundAt(block.timestamp + DRAW_DELAY);
        emit PanelOpened(dispute, entry.round, class, panel.rosterLength, panel.beaconRound, entry.fee);
    }

    /// @dev Who must not judge: both sides and whoever appealed, by themselves or, where one is a node's key, by its owner.
    function _parties(Case storage entry) private view returns (address[7] memory) {
        (address consumer, address challenger, address appellant) = (entry.consumer, entry.challenger, entry.appellant);
        return
            [
                entry.owner,
                consumer,
                challenger,
                appellant,
                _market.nodeOf(consumer).owner,
                _market.nodeOf(challenger).owner,
                _market.nodeOf(appellant).owner
            ];
    }

    /// @dev A node that served at the snapshot, of an owner that is neither a party nor seated already.
    function _seat(
        bytes32 dispute,
        Case storage entry,
        Panel storage panel,
        address[7] memory parties,
        uint256 place
    ) private {
        (address node, address owner, bool active) = _market.seatOf(entry.class, place, panel.snapshotAt);
        if (!active) return;
        for (uint256 i = 0; i < parties.length; ++i) if (owner == parties[i]) return;
        for (uint256 i = 0; i < panel.jurors.length; ++i) {
            if (_market.nodeOf(panel.jurors[i].node).owner == owner) return;
        }
        panel.jurors.push().node = node;
        emit JurorDrawn(dispute, entry.round, node, owner);
    }

    function _seatOf(bytes32 dispute, uint8 round, Panel storage panel) private view returns (Seat storage) {
        require(panel.commitBy != 0, PanelNotSeated(dispute, round));
        for (uint256 i = 0; i < panel.jurors.length; ++i) {
            if (panel.jurors[i].node == msg.sender) return panel.jurors[i];
        }
        revert NotDrawn(dispute, round, msg.sender);
    }

    /// @dev When the votes of a round became or become final; 0 while nobody knows.
    function _endOf(Panel storage panel) private view returns (uint256) {
        if (panel.commitBy == 0) return 0;
        if (panel.endedAt != 0) return panel.endedAt;
        return uint256(panel.revealFrom) + REVEAL_FOR + 1;
    }

    function _seatsOf(uint8 round) private pure returns (uint256) {
        return round == 0 ? SEATS : APPEAL_SEATS;
    }

    /// @dev Half as much again as the task can cost at most: a juror pays for the same hardware.
    function _feeOf(Terms calldata terms) private view returns (uint256) {
        return Math.max(MIN_FEE, (terms.jobEscrow() * 3) / (2 * uint256(terms.tasksPerLot())));
    }
}
