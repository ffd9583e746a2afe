// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Receipt} from "../types/Receipt.sol";
import {Opening, Seal} from "../types/Replica.sol";
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
    /// spec, input unavailable) pays nothing, costs nothing, and reopens the job to others; it must come within
    /// START_ALLOWANCE (600 s) of the claim. Orders with replicas or a verifier take nothing else this way.
    function submit(Terms calldata terms, uint32 job, Result calldata result) external;
    /// @notice Report a result that the order's verifier vouches for. Paid at once if `challengeFor` is 0.
    function submitProved(Terms calldata terms, uint32 job, Result calldata result, bytes calldata evidence) external;
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

    // ---- replication ----

    /// @notice Seal a replica's result; the caller is the node.
    /// @param commitment keccak256(abi.encode(result digest, salt))
    function commit(Terms calldata terms, uint32 job, bytes32 commitment) external;
    /// @notice Open a seal on chain, which keeps the tally from omitting it; the caller is the node. Needed only where
    /// openings do not reach whoever tallies. Not before every replica of the lot is sealed or cannot be any more.
    function reveal(Terms calldata terms, Seal calldata seal, Result calldata result, bytes32 salt) external;
    /// @notice Decide a lot by its replicas' results; anyone may, with all seals in the order of their jobs: at once if all
    /// are opened, else after the reveal window. The caller, unless it is the consumer, gets a fifth of what those lose
    /// who never opened.
    function tally(Terms calldata terms, uint32 lot, Opening[] calldata openings) external;
}
