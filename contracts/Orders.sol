// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Stakes} from "./Stakes.sol";
import {Pricing} from "./libraries/Pricing.sol";
import {JobSlot, JobSlots, JobState} from "./types/JobSlot.sol";
import {Node, NodeStatus} from "./types/Node.sol";
import {Receipt} from "./types/Receipt.sol";
import {Terms} from "./types/Terms.sol";

/// @notice What frequent and rare calls on orders share: finding a job, guarding its state, ending it.
abstract contract Orders is Stakes {
    using SafeCast for uint256;

    uint256 private constant KEEPER_BPS = 2_000; // of what silence costs; the rest goes to the pool
    uint256 internal constant OPEN = 1 << uint8(JobState.OPEN);
    uint256 internal constant RUNNING = 1 << uint8(JobState.RUNNING);
    uint256 internal constant COMMITTED = 1 << uint8(JobState.COMMITTED);
    uint256 internal constant SUBMITTED = (1 << uint8(JobState.SUBMITTED_OK)) | (1 << uint8(JobState.SUBMITTED_FAIL));

    /// @dev A job of a posted order: where it is stored and what stands there.
    struct Job {
        bytes32 id;
        uint32 index;
        bytes32 key;
        JobSlot slot;
    }

    /// @dev Derives the state: an order of several jobs stores nothing for a job nobody ever claimed, and its head
    /// alone knows of closing.
    function _job(bytes32 id, Terms calldata terms, uint32 index) internal view returns (Job memory job) {
        uint256 jobs = terms.jobs();
        require(index < jobs, JobUnknown(id, index, jobs));
        job.id = id;
        job.index = index;
        job.key = jobs == 1 ? id : keccak256(abi.encode(id, index));
        job.slot = _jobs[job.key];
        if (jobs > 1 && job.slot.state() <= JobState.OPEN) {
            OrderHead storage head = _heads[id];
            if (head.closed) job.slot = JobSlots.ended(JobState.VOID);
            else if (head.postedAt != 0) job.slot = JobSlots.open(job.slot.node(), head.postedAt);
        }
    }

    function _jobIn(
        uint256 allowed,
        bytes32 id,
        Terms calldata terms,
        uint32 index
    ) internal view returns (Job memory job) {
        job = _job(id, terms, index);
        JobState state = job.slot.state();
        require((1 << uint8(state)) & allowed != 0, JobInState(id, index, state, allowed));
    }

    function _submittedJob(
        bytes32 id,
        Terms calldata terms,
        Receipt calldata receipt
    ) internal view returns (Job memory job) {
        job = _jobIn(SUBMITTED, id, terms, receipt.job);
        require(job.slot.contentHash() == receipt.hash208(), ReceiptMismatch(id, receipt.job));
    }

    function _requireInTime(Job memory job) internal view {
        uint256 deadline = job.slot.deadline();
        require(block.timestamp <= deadline, DeadlinePassed(job.id, job.index, deadline));
    }

    function _store(Job memory job, JobSlot slot) internal {
        _jobs[job.key] = slot;
        job.slot = slot;
    }

    function _several(Job memory job) internal pure returns (bool) {
        return job.key != job.id;
    }

    /// @dev A running job that its node will not finish: open to others while claims last, else over and refunded.
    function _reopenOrVoid(Job memory job, Terms calldata terms) internal returns (bool reopened) {
        bool closed = _several(job) ? _heads[job.id].closed : job.slot.closed();
        uint256 postedAt = job.slot.postedAt();
        reopened = !closed && block.timestamp <= postedAt + terms.openFor();
        if (!reopened) {
            _end(job, terms, JobState.VOID);
            _credit(terms.consumer(), terms.jobEscrow());
            return false;
        }
        _store(job, JobSlots.open(job.slot.node(), postedAt));
        if (_several(job)) _heads[job.id].unclaimed += 1;
    }

    /// @dev Once `post` refuses the id for being late, a single-job order needs no tombstone. The job escrow leaves the
    /// order here; the caller says to whom.
    function _end(Job memory job, Terms calldata terms, JobState final_) internal {
        if (_several(job)) {
            _heads[job.id].escrow -= uint128(terms.jobEscrow()); // below 2^96, see post
            _store(job, JobSlots.ended(final_));
        } else {
            _store(job, block.timestamp > terms.postBy() ? JobSlots.EMPTY : JobSlots.ended(final_));
        }
    }

    /// @dev One unsettled job less on the node. A jailed node has nothing locked any more.
    function _unlock(Node storage node, Terms calldata terms) internal {
        uint80 bond = node.status == NodeStatus.JAILED ? 0 : uint80(terms.bond()); // below 2^80, see post
        (node.locked, node.open) = (node.locked - bond, node.open - 1);
    }

    /// @dev Over and paid: what is left of the escrow goes back to the consumer.
    function _payOut(Job memory job, Terms calldata terms, address key, uint256 pay) internal {
        uint256 fee = Pricing.shareDown(pay, terms.feeBps());
        uint256 refund = terms.jobEscrow() - pay;
        Node storage node = _nodes[key];
        _end(job, terms, JobState.PAID);
        _unlock(node, terms);
        _credit(terms.consumer(), refund);
        Account storage owner = _accounts[node.owner];
        // both below 2^96
        (owner.free, owner.fees) = (owner.free + uint128(pay - fee), owner.fees + uint128(fee));
        emit Settled(job.id, job.index, key, pay, fee, refund);
    }

    /// @dev Over and unpaid: the escrow goes back to the consumer.
    function _voidOut(Job memory job, Terms calldata terms, address key) internal {
        uint256 refund = terms.jobEscrow();
        _end(job, terms, JobState.VOID);
        _unlock(_nodes[key], terms);
        _credit(terms.consumer(), refund);
        emit Voided(job.id, job.index, key, refund);
    }

    /// @dev A node that stayed silent, which costs a slice of its bond.
    function _silence(Job memory job, Terms calldata terms, address key, bool mayReopen) internal {
        Node storage node = _nodes[key];
        bool jailed = node.status == NodeStatus.JAILED;
        _unlock(node, terms);
        uint256 slash = jailed ? 0 : Math.min(Pricing.shareDown(terms.bond(), LIVENESS_BPS), node.stake);
        // A consumer must have no gain from silence, so it works as a keeper for nothing.
        uint256 bounty = msg.sender == terms.consumer() ? 0 : Pricing.shareDown(slash, KEEPER_BPS);
        _totals.pool += (slash - bounty).toUint128();
        _credit(msg.sender, bounty);
        bool reopened;
        if (mayReopen) {
            reopened = _reopenOrVoid(job, terms);
        } else {
            _end(job, terms, JobState.VOID);
            _credit(terms.consumer(), terms.jobEscrow());
        }
        emit Expired(job.id, job.index, key, slash, bounty, msg.sender, reopened);
        _slash(key, node, slash);
    }
}
