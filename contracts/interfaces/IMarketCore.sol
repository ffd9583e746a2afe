// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Receipt} from "../types/Receipt.sol";
import {Result} from "../types/Result.sol";
import {Terms} from "../types/Terms.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {IMarketEvents} from "./IMarketEvents.sol";

/// @title The market's frequent calls
interface IMarketCore is IMarketEvents, IMarketErrors {
    // ---- money ----

    /// @notice Move `amount` of the asset from the caller to `to`'s free balance. The caller must have approved it.
    function deposit(address to, uint256 amount) external;
    /// @notice Move `amount` of the caller's free balance out to `to`.
    function withdraw(address to, uint256 amount) external;

    // ---- orders ----

    /// @notice Post an order and put its whole escrow aside. Only the order's consumer may.
    /// @param uri where the bundle may be found; hints only, the terms' manifest digest binds
    /// @return id EIP-712 hash of the order
    function post(Terms calldata terms, string calldata uri) external returns (bytes32 id);
    /// @notice Take an open job; the caller is the node. Locks the order's bond.
    function claim(Terms calldata terms, uint32 job) external;
    /// @notice Tell that running jobs are alive, which moves their deadlines.
    function beat(Terms calldata terms, uint32[] calldata jobs) external;
    /// @notice Report a job's result; the caller is the node. A result that is the order's or its inputs' fault (bad
    /// spec, input unavailable) pays nothing, costs nothing, and reopens the job to others.
    function submit(Terms calldata terms, uint32 job, Result calldata result) external;
    /// @notice Pay submitted jobs: their consumer at any time (acceptance), anyone after the challenge window.
    function settle(Terms calldata terms, Receipt[] calldata receipts) external;
    /// @notice Settle, submit and claim on jobs of one order in one call, in this order.
    /// @param submitJob type(uint32).max to submit nothing
    /// @param claimJob type(uint32).max to claim nothing
    function advance(
        Terms calldata terms,
        Receipt[] calldata receipts,
        uint32 submitJob,
        Result calldata result,
        uint32 claimJob
    ) external;
}
