// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice Who may claim an open job: four nodes of the class on average at first, twice as many each step, so that
/// after log2(n / 4) steps everybody may. Costs one hash and needs no queue.
library Sortition {
    uint256 private constant FIRST = 4; // nodes eligible at once, on average
    uint256 private constant WIDEST = 64; // steps after which any class is open to all: n < 2^32

    /// @notice The node's place for a job: the lower, the earlier.
    function ticket(bytes32 id, uint32 job, address node) internal pure returns (uint256) {
        // The low 64 bits are as random as any others and leave room to multiply.
        return uint64(uint256(keccak256(abi.encode(id, job, node))));
    }

    /// @param nodes active nodes of the class
    /// @param steps whole steps since posting
    function eligible(bytes32 id, uint32 job, address node, uint256 nodes, uint256 steps) internal pure returns (bool) {
        uint256 width = Math.min(FIRST << Math.min(steps, WIDEST), nodes);
        return ticket(id, job, node) * nodes <= width << 64;
    }

    /// @notice The first step at which `eligible` holds.
    function firstStep(bytes32 id, uint32 job, address node, uint256 nodes) internal pure returns (uint256 steps) {
        while (!eligible(id, job, node, nodes, steps)) ++steps;
    }
}
