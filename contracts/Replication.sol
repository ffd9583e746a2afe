// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Orders} from "./Orders.sol";
import {IMarketCore} from "./interfaces/IMarketCore.sol";
import {Pricing} from "./libraries/Pricing.sol";
import {JobSlots, JobState} from "./types/JobSlot.sol";
import {NodeStatus} from "./types/Node.sol";
import {Receipt} from "./types/Receipt.sol";
import {Opening, Seal} from "./types/Replica.sol";
import {Result, Status} from "./types/Result.sol";
import {Terms} from "./types/Terms.sol";

/// @notice Results: what every one must satisfy, and how several of the same lot decide together.
abstract contract Replication is IMarketCore, Orders {
    uint256 private constant SEALED = (1 << uint8(JobState.COMMITTED)) | (1 << uint8(JobState.REVEALED));

    /// @dev A sealed replica in a tally. Only ever in memory.
    // solhint-disable-next-line gas-struct-packing
    struct Ballot {
        Job job;
        address node;
        address owner;
        bytes32 vote; // hash of result root and status; 0 = does not count
        bool opened;
    }

    /// @inheritdoc IMarketCore
    function commit(Terms calldata terms, uint32 job, bytes32 commitment) external {
        bytes32 id = _idOf(terms);
        require(terms.replicas() > 1, NotReplicated(id));
        Job memory running = _runningJob(id, terms, job);
        // Seconds fit 32 bits until 2106.
        Seal memory seal = Seal({
            job: job,
            node: msg.sender,
            claimedAt: uint32(running.slot.claimedAt()),
            committedAt: uint32(block.timestamp),
            stopped: running.slot.stopped(),
            commitment: commitment
        });
        uint256 tallyable = _commitEnd(terms, running.slot.postedAt()) + CHALLENGE_FLOOR;
        _store(running, JobSlots.sealed_(seal.hash208(), tallyable));
        emit Committed(id, job, msg.sender, seal.claimedAt, seal.committedAt, seal.stopped, commitment);
    }

    /// @inheritdoc IMarketCore
    function reveal(Terms calldata terms, Seal calldata seal, Result calldata result, bytes32 salt) external {
        bytes32 id = _idOf(terms);
        Job memory job = _jobIn(COMMITTED, id, terms, seal.job);
        require(job.slot.contentHash() == seal.hash208(), SealMismatch(id, seal.job));
        require(seal.node == msg.sender, JobNotYours(id, seal.job, seal.node, msg.sender));
        uint256 lot = seal.job / terms.replicas();
        uint256 postedAt = _heads[id].postedAt;
        uint256 end = _commitEnd(terms, postedAt);
        for (uint256 i = 0; i < terms.replicas() && block.timestamp <= end; ++i) {
            Job memory sibling = _replica(id, terms, lot, i);
            require(!_pending(sibling, terms, postedAt), RevealTooEarly(id, lot, end));
        }
        _requireOpens(job, seal, result, salt);
        _store(job, job.slot.withRevealed());
        emit Revealed(id, seal.job, seal.node, result, salt);
    }

    /// @inheritdoc IMarketCore
    function tally(Terms calldata terms, uint32 lot, Opening[] calldata openings) external {
        bytes32 id = _idOf(terms);
        // Beyond it the numbers below would wrap around to jobs of two lots.
        require(lot < terms.lots(), JobUnknown(id, uint256(lot) * terms.replicas(), terms.jobs()));
        Ballot[] memory ballots = _count(id, terms, lot, openings);
        (uint256 winner, uint256 votes) = _winner(ballots, terms.quorum());
        if (votes == 0) emit Tallied(id, lot, 0, 0, 0);
        else emit Tallied(id, lot, openings[winner].result.resultRoot, openings[winner].result.status(), votes);
        bytes32 vote = votes == 0 ? bytes32(0) : ballots[winner].vote;
        for (uint256 i = 0; i < ballots.length; ++i) {
            Ballot memory ballot = ballots[i];
            if (!ballot.opened) _silence(ballot.job, terms, ballot.node, false);
            else if (ballot.vote == 0 || (votes > 0 && ballot.vote != vote)) _voidOut(ballot.job, terms, ballot.node);
            else _accept(ballot, terms, openings[i], votes > 0);
        }
    }

    // ---- results ----

    /// @dev The caller's running job, not past its deadline.
    function _runningJob(bytes32 id, Terms calldata terms, uint32 index) internal view returns (Job memory job) {
        job = _jobIn(RUNNING, id, terms, index);
        require(job.slot.node() == msg.sender, JobNotYours(id, index, job.slot.node(), msg.sender));
        _requireInTime(job);
    }

    /// @param until when the node had to stop counting: its submit, or its commit
    function _requireHonest(Result calldata result, uint256 claimedAt, uint256 until) internal pure {
        require(result.canonical(), ResultNotCanonical(result.outcome));
        uint256 started = result.startedAt();
        uint256 finished = result.finishedAt();
        require(
            claimedAt <= started && started <= finished && finished <= until,
            ResultTimes(claimedAt, started, finished, until)
        );
        uint256 most = until - claimedAt;
        require(result.billed() <= most, ResultOverbilled(result.billed(), most));
    }

    function _digest(Job memory job, address node, Result calldata result) internal view returns (bytes32) {
        return _hashTypedDataV4(result.structHash(job.id, job.index, node));
    }

    /// @dev From now on the result may be challenged, and later paid.
    function _await(Job memory job, Terms calldata terms, Receipt memory receipt, uint8 status) internal {
        uint256 settleable = block.timestamp + terms.challengeFor();
        _store(job, JobSlots.submitted(receipt.hash208(), settleable, status == Status.OK));
    }

    // ---- claiming ----

    /// @dev An owner that ran a lot twice would agree with itself. Sealed replicas hide theirs until the tally.
    function _requireNoSibling(bytes32 id, Terms calldata terms, uint32 index, address owner) internal view {
        uint256 lot = index / terms.replicas();
        for (uint256 i = 0; i < terms.replicas(); ++i) {
            Job memory sibling = _replica(id, terms, lot, i);
            bool same = sibling.slot.state() == JobState.RUNNING && _nodes[sibling.slot.node()].owner == owner;
            require(!same, SiblingRunning(id, index, sibling.index));
        }
    }

    // ---- the tally ----

    function _replica(bytes32 id, Terms calldata terms, uint256 lot, uint256 i) private view returns (Job memory) {
        return _job(id, terms, uint32(lot * terms.replicas() + i)); // jobs are below 2^32; lot is at most a uint32
    }

    /// @dev The last second in which any replica can be sealed.
    function _commitEnd(Terms calldata terms, uint256 postedAt) private pure returns (uint256) {
        return postedAt + terms.openFor() + terms.maxRun();
    }

    /// @dev Whether a replica may still be sealed.
    function _pending(Job memory job, Terms calldata terms, uint256 postedAt) private view returns (bool) {
        JobState state = job.slot.state();
        if (state == JobState.OPEN) return block.timestamp <= postedAt + terms.openFor();
        return state == JobState.RUNNING;
    }

    /// @dev The sealed replicas of a lot, each checked against what it sealed.
    function _count(
        bytes32 id,
        Terms calldata terms,
        uint32 lot,
        Opening[] calldata openings
    ) private returns (Ballot[] memory ballots) {
        ballots = new Ballot[](openings.length);
        uint256 count;
        uint256 lastSeal;
        bool waits;
        uint256 postedAt = _heads[id].postedAt;
        for (uint256 i = 0; i < terms.replicas(); ++i) {
            Job memory job = _replica(id, terms, lot, i);
            if ((1 << uint8(job.slot.state())) & SEALED == 0) {
                waits = waits || _pending(job, terms, postedAt);
                continue;
            }
            require(count < openings.length, TallyMatches(openings.length, count + 1));
            Opening calldata opening = openings[count];
            lastSeal = Math.max(lastSeal, opening.seal.committedAt);
            waits = waits || !opening.opened;
            ballots[count] = _ballot(job, opening, ballots, count);
            ++count;
        }
        require(count > 0, TallyEmpty(id, lot));
        require(count == openings.length, TallyMatches(openings.length, count));
        if (waits) {
            uint256 until = count == terms.replicas() ? lastSeal : _commitEnd(terms, postedAt);
            require(block.timestamp > until + CHALLENGE_FLOOR, TallyTooEarly(id, lot, until + CHALLENGE_FLOOR));
        }
    }

    function _ballot(
        Job memory job,
        Opening calldata opening,
        Ballot[] memory ballots,
        uint256 count
    ) private returns (Ballot memory ballot) {
        Seal calldata seal = opening.seal;
        require(job.slot.contentHash() == seal.hash208(), SealMismatch(job.id, job.index));
        bool revealed = job.slot.state() == JobState.REVEALED;
        ballot.job = job;
        ballot.node = seal.node;
        ballot.owner = _nodes[seal.node].owner;
        ballot.opened = opening.opened;
        if (!opening.opened) {
            require(!revealed, TallyOmits(job.id, job.index));
            return ballot;
        }
        _requireOpens(job, seal, opening.result, opening.salt);
        if (!revealed) emit Revealed(job.id, job.index, seal.node, opening.result, opening.salt);
        bool counts = _nodes[seal.node].status != NodeStatus.JAILED;
        // One owner, one vote: its first.
        for (uint256 i = 0; i < count; ++i) if (ballots[i].opened && ballots[i].owner == ballot.owner) counts = false;
        if (counts) ballot.vote = keccak256(abi.encode(opening.result.resultRoot, opening.result.status()));
    }

    function _requireOpens(Job memory job, Seal calldata seal, Result calldata result, bytes32 salt) private view {
        bytes32 commitment = keccak256(abi.encode(_digest(job, seal.node, result), salt));
        uint8 status = result.status();
        bool allowed = status < Status.BAD_SPEC && (status != Status.STOPPED || seal.stopped);
        require(commitment == seal.commitment && allowed, OpeningMismatch(job.id, job.index));
        _requireHonest(result, seal.claimedAt, seal.committedAt);
    }

    /// @dev At most one vote can reach the quorum, as it is more than half.
    function _winner(Ballot[] memory ballots, uint256 quorum) private pure returns (uint256 winner, uint256 votes) {
        for (winner = 0; winner < ballots.length; ++winner) {
            votes = 0;
            for (uint256 i = 0; i < ballots.length; ++i) {
                if (ballots[winner].vote != 0 && ballots[i].vote == ballots[winner].vote) ++votes;
            }
            if (votes >= quorum) return (winner, votes);
        }
        return (0, 0);
    }

    /// @dev One of the quorum's results awaits challenges like any other; without a quorum each earns a failure's share.
    function _accept(Ballot memory ballot, Terms calldata terms, Opening calldata opening, bool won) private {
        Result calldata result = opening.result;
        uint256 delay = opening.seal.claimedAt - _heads[ballot.job.id].postedAt;
        uint8 status = won ? result.status() : Status.NONZERO_EXIT;
        // Not above the job escrow, which fits 96 bits; seconds fit 32 bits until 2106.
        Receipt memory receipt = Receipt({
            job: ballot.job.index,
            node: ballot.node,
            pay: uint96(Pricing.payDown(terms, delay, status, result.billed())),
            submittedAt: uint32(block.timestamp),
            digest: _digest(ballot.job, ballot.node, result)
        });
        emit Submitted(ballot.job.id, ballot.job.index, ballot.node, receipt.digest, result, receipt.pay);
        if (won) _await(ballot.job, terms, receipt, status);
        else _payOut(ballot.job, terms, ballot.node, receipt.pay);
    }
}
