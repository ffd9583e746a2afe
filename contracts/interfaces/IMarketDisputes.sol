// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Dispute, LeafProof, Ruling} from "../types/Dispute.sol";
import {Receipt} from "../types/Receipt.sol";
import {Result} from "../types/Result.sol";
import {Config} from "../types/Settings.sol";
import {Terms} from "../types/Terms.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {IMarketEvents} from "./IMarketEvents.sol";

/// @title The market's disputes
interface IMarketDisputes is IMarketEvents, IMarketErrors {
    /// @notice Challenge one task of a submitted job. The caller puts the arbiter's bond aside out of its free balance.
    /// @param result the job's, whose digest the receipt holds
    /// @return dispute its id
    function challenge(
        Terms calldata terms,
        Receipt calldata receipt,
        Result calldata result,
        LeafProof calldata proof
    ) external returns (bytes32 dispute);
    /// @notice Ask the arbiter to look again; once a dispute. The caller puts the arbiter's appeal bond aside.
    function appeal(Terms calldata terms, Receipt calldata receipt, bytes32 dispute) external;
    /// @notice Act on a verdict. Only the order's arbiter.
    function resolve(Terms calldata terms, Receipt calldata receipt, bytes32 dispute, Ruling calldata ruling) external;
    /// @notice Give the bonds of an open dispute back whose job has ended without its verdict. Anyone may.
    function reclaim(Terms calldata terms, Receipt calldata receipt, bytes32 dispute) external;

    // ---- views ----

    /// @notice Zeroes unless the dispute is open.
    function disputeOf(bytes32 dispute) external view returns (Dispute memory);
    function config() external view returns (Config memory);
}
