// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice What settling a submitted job needs; the chain keeps only 208 bits of its hash.
struct Receipt {
    uint32 job;
    address node;
    uint96 pay; // asset units, before the fee
    uint32 submittedAt; // unix seconds
    bytes32 digest; // EIP-712 hash of the Result
}

using ReceiptLib for Receipt global;

library ReceiptLib {
    /// @notice The part of the hash that a job's slot has room for: 208 bits.
    function hash208(Receipt memory receipt) internal pure returns (bytes26) {
        return bytes26(keccak256(abi.encode(receipt)));
    }
}
