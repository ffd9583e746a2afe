// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice What an arbiter finds. A juror's own vote is one of these too; its INCONCLUSIVE abstains.
enum Verdict {
    INCONCLUSIVE,
    VALID,
    INVALID,
    UNAVAILABLE
}

/// @notice One task's leaf in the order's task tree and, unless withheld, in the result's tree.
struct LeafProof {
    uint64 index; // task index over the whole order
    bool withheld; // the result tree or the outputs were never published: no status, output or result proof is claimed
    uint8 status; // of the task
    bytes32 specDigest; // sha2-256 of the task's resolved JobSpec
    bytes32 outputDigest;
    bytes32[] taskProof; // under the order's taskRoot
    bytes32[] resultProof; // under the result's resultRoot
}

/// @notice An open dispute, keyed by its id. Deleted when it ends.
struct Dispute {
    // slot 0
    address challenger; // 0 = not open
    uint96 bond; // asset units
    // slot 1
    address appellant; // 0 = nobody appealed
    uint96 appealBond; // asset units
    // slot 2
    bytes32 subject; // hash of the job's key and its receipt
    // slot 3
    uint64 index; // of the leaf
}

/// @notice What an arbiter tells the market. Jurors are nodes.
struct Ruling {
    Verdict verdict;
    bool appealWon; // the appeal changed the verdict
    uint96 fee; // asset units for each juror in `paid`, as far as the loser's money goes
    address[] paid;
    address[] faulted; // lose a liveness slice of the order's bond
}

/// @notice Where the money of a decided dispute went, in asset units. The job's own escrow is not part of it.
struct Split {
    uint256 slashed; // stake of the judged node
    uint256 toConsumer; // compensation, beyond the refund of `Voided`
    uint256 toChallenger; // bond and reward
    uint256 toAppellant; // bond, if the appeal won
    uint256 toOwner; // of the judged node
    uint256 toJurors;
    uint256 toPool;
}
