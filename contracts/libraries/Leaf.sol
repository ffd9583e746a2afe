// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice Leaves of the task tree and of a result tree. Hashed twice, so that no inner node can pass for a leaf.
library Leaf {
    /// @param index task index over the whole order; its lot is index / tasksPerLot
    /// @param specDigest sha2-256 of the resolved JobSpec as canonical JSON
    function task(uint256 index, bytes32 specDigest) internal pure returns (bytes32) {
        return _twice(abi.encode(index, specDigest));
    }

    /// @param outputDigest sha2-256 of the task's own outputs root
    /// @param status of the task, not of the job
    function result(
        uint256 index,
        bytes32 taskLeaf,
        bytes32 outputDigest,
        uint8 status
    ) internal pure returns (bytes32) {
        return _twice(abi.encode(index, taskLeaf, outputDigest, status));
    }

    function _twice(bytes memory data) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(data)));
    }
}
