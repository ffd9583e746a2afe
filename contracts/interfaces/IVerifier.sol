// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Result} from "../types/Result.sol";
import {Terms} from "../types/Terms.sol";

/// @title Tells at once whether a result is right
/// @notice Chosen by the order; claiming is the node's consent. Called statically, under a gas cap.
interface IVerifier {
    /// @param digest EIP-712 digest of the full result, but with an evidenceHash of 0, as evidence cannot contain its own
    /// hash; it names the market, chain, order, job and node
    /// @param evidence what the result's evidenceHash is the keccak-256 of
    function verify(
        bytes32 digest,
        Terms calldata terms,
        Result calldata result,
        bytes calldata evidence
    ) external view returns (bool);
}
