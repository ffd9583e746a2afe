// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Class} from "../types/Node.sol";
import {Receipt} from "../types/Receipt.sol";
import {Result} from "../types/Result.sol";
import {Params} from "../types/Settings.sol";
import {Order, Terms} from "../types/Terms.sol";
import {JobView, NodeView, OrderView} from "../types/Views.sol";
import {IMarketErrors} from "./IMarketErrors.sol";
import {IMarketEvents} from "./IMarketEvents.sol";

/// @title The market's rare calls and its views
interface IMarketExtension is IMarketEvents, IMarketErrors {
    // ---- money ----

    /// @notice `deposit` with an ERC-2612 permit. A permit that somebody used up before is no error if the allowance
    /// it gave is there.
    function depositWithPermit(address to, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;
    /// @notice Move the fees beside `account`'s balance on: half to the treasury, half (rounded up) to the audit pool.
    function sweep(address account) external;

    // ---- registry ----

    /// @notice Register a worker machine; the caller owns it and pays `stake` out of its free balance.
    /// @param node the machine's key; registers once in its life
    /// @param maxOpen most unsettled jobs at a time
    /// @param metadata sha2-256 of the node's public document
    /// @param deadline last second in which `nodeSig` counts
    /// @param nodeSig the node key's signature of `NodeConsent(owner,node,class,deadline)`
    function register(
        address node,
        uint16 class,
        uint16 maxOpen,
        uint80 stake,
        bytes32 metadata,
        string calldata uri,
        uint256 deadline,
        bytes calldata nodeSig
    ) external;
    /// @notice Add to the stake of an own node; brings a suspended one back once the class's minimum is met.
    function addStake(address node, uint80 amount) external;
    /// @notice 0 drains the node: no more claims.
    function setMaxOpen(address node, uint16 maxOpen) external;
    /// @notice Start unbonding. What a node needs for its class stays until it is retired. Asking again adds to the
    /// amount and restarts the clock for all of it.
    function requestUnstake(address node, uint80 amount) external;
    /// @notice Take what has unbonded, to the owner's free balance; the node must have no unsettled job.
    function withdrawStake(address node) external;
    /// @notice Final: no more claims. Jobs at hand go on; the stake can be unbonded then.
    function retire(address node) external;

    // ---- orders ----

    /// @notice End claiming and refund the unclaimed jobs: the consumer at any time, anyone once `openFor` is over. The
    /// consumer may also close an order never posted, which revokes it. Once a job of an order with replicas is claimed,
    /// its consumer has to wait like anyone.
    function close(Terms calldata terms) external;
    /// @notice Ask a running job to end soon; the node then has STOP_GRACE to report. Only the consumer, once.
    function stop(Terms calldata terms, uint32 job) external;
    /// @notice End running jobs whose deadline has passed. The caller, unless it is the consumer, gets a fifth of what
    /// the node loses.
    function expire(Terms calldata terms, uint32[] calldata jobs) external;
    /// @notice Void a submitted job of a jailed node and refund its consumer.
    function voidJob(Terms calldata terms, Receipt calldata receipt) external;

    // ---- governance: AccessManager roles ----

    /// @notice Add a class, or change its minimum stake (which counts for a node when its stake next changes).
    /// @param step seconds; fixed once set
    /// @param documentHash of the public class document
    function setClass(uint16 class, uint80 minStake, uint16 step, bytes32 documentHash) external;
    /// @notice For orders posted from now on.
    function setParams(Params calldata newParams) external;
    /// @notice Refuse `post` and `claim` until `time`: at most 7 days ahead, not within 7 days after the last pause.
    /// During a pause it can only be shortened.
    function pauseNew(uint32 time) external;
    function payTreasury(address to, uint256 amount) external;
    /// @notice Let orders name this arbiter, for good.
    function enableArbiter(address arbiter) external;

    // ---- views ----

    function asset() external view returns (address);
    function params() external view returns (Params memory);
    function pausedUntil() external view returns (uint32);
    function accountOf(address account) external view returns (uint128 free, uint128 fees);
    function totals() external view returns (uint128 treasury, uint128 pool);
    function nodeOf(address node) external view returns (NodeView memory);
    function classOf(uint16 class) external view returns (Class memory);
    /// @notice Number of nodes ever registered in the class, and the one at `index` (0 if there is none).
    function rosterOf(uint16 class, uint256 index) external view returns (uint256 length, address node);
    /// @notice A place of a class's roster as it was at `time`: whether its node was ACTIVE and past its tenure. What a node
    /// does later cannot change the answer, unless it comes back and leaves again within one activation time.
    function seatOf(
        uint16 class,
        uint256 index,
        uint256 time
    ) external view returns (address node, address owner, bool active);
    function arbiterEnabled(address arbiter) external view returns (bool);
    function orderId(Order calldata order) external view returns (bytes32);
    function orderIdOf(Terms calldata terms) external view returns (bytes32);
    /// @notice For a single-job order escrow, unclaimed and closed are derived from its one job.
    function orderOf(Terms calldata terms) external view returns (OrderView memory);
    function jobOf(Terms calldata terms, uint32 job) external view returns (JobView memory);
    /// @notice EIP-712 digest of the full Result.
    function digestOf(
        Terms calldata terms,
        uint32 job,
        address node,
        Result calldata result
    ) external view returns (bytes32);
    /// @notice Price per job (per second when metered) for a claim `delay` seconds after posting.
    function unitPrice(Terms calldata terms, uint32 delay) external view returns (uint256);
    /// @notice First second in which sortition and reservation let `node` claim an open job, with the class as it is
    /// now; type(uint256).max for never. Says nothing of stake, class or tenure.
    function eligibleAt(Terms calldata terms, uint32 job, address node) external view returns (uint256);
}
