// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Result} from "./Result.sol";

/// @notice What is known of a replica between its commit and the tally; the chain keeps only 208 bits of its hash.
struct Seal {
    uint32 job;
    address node;
    uint32 claimedAt; // unix seconds; fixes the unit price
    uint32 committedAt; // unix seconds
    bool stopped; // whether its consumer had asked it to stop
    bytes32 commitment; // keccak256(abi.encode(result digest, salt))
}

/// @notice A sealed replica as a tally takes it. A seal that nobody opened comes with `opened` false and zeroes.
struct Opening {
    Seal seal;
    bool opened;
    Result result;
    bytes32 salt;
}

using SealLib for Seal global;

library SealLib {
    /// @notice The part of the hash that a job's slot has room for: 208 bits.
    function hash208(Seal memory seal) internal pure returns (bytes26) {
        return bytes26(keccak256(abi.encode(seal)));
    }
}
