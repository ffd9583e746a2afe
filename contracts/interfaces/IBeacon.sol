// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Randomness that nobody knows before its time
interface IBeacon {
    /// @notice The first round whose randomness appears at or after `time` (unix seconds).
    function roundAt(uint256 time) external view returns (uint64 round);
    /// @notice The randomness of a round; reverts when the signature is not the round's, or the round is still to come.
    function verify(uint64 round, bytes calldata signature) external view returns (bytes32 random);
}
