// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Split, Verdict} from "../types/Dispute.sol";
import {Params} from "../types/Settings.sol";
import {Result} from "../types/Result.sol";
import {Terms} from "../types/Terms.sol";

/// @title What the market logs
/// @notice State can be rebuilt from these alone. Within one call an event stands for every change it implies:
/// `Claimed` locks the order's bond and opens a job on the node; `Settled`, `Reopened`, `Voided` and `Expired` undo both.
interface IMarketEvents {
    // ---- money ----

    /// @notice `account`'s free balance rose by `amount`, paid by `from`.
    event Deposited(address indexed account, address indexed from, uint256 amount);
    /// @notice `account`'s free balance fell by `amount`, paid out to `to`.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    /// @notice The fees that stood beside `account`'s balance (their sum is now 0) went to treasury and audit pool.
    event Swept(address indexed account, uint256 toTreasury, uint256 toPool);
    /// @notice Treasury paid out; no account is credited.
    event TreasuryPaid(address indexed to, uint256 amount);

    // ---- registry ----

    event ClassSet(uint16 indexed class, uint80 minStake, uint16 step, bytes32 documentHash);
    /// @notice A new ACTIVE node; `stake` came out of the owner's free balance.
    event NodeRegistered(
        address indexed node,
        address indexed owner,
        uint16 indexed class,
        uint16 maxOpen,
        uint80 stake,
        uint32 activatedAt,
        uint32 rosterIndex,
        bytes32 metadata,
        string uri
    );
    /// @notice The node's stake (unbonding included) and locked part after `addStake` by its owner.
    event StakeChanged(address indexed node, uint80 stake, uint80 locked);
    event MaxOpenSet(address indexed node, uint16 maxOpen);
    /// @param amount all that is now unbonding, earlier requests included
    event UnstakeRequested(address indexed node, uint80 amount, uint32 unbondAt);
    /// @notice All that was unbonding went to the owner's free balance.
    event StakeWithdrawn(address indexed node, address indexed owner, uint80 amount);
    /// @notice A slash left the node with less than its class's minimum: no claims until topped up.
    event NodeSuspended(address indexed node);
    /// @notice A suspended node is ACTIVE again; it may claim orders posted after `activatedAt`.
    event NodeActivated(address indexed node, uint32 activatedAt);
    event NodeRetired(address indexed node);
    /// @notice Convicted of fraud: all its stake, unbonding included, is gone; nothing is locked any more.
    event NodeJailed(address indexed node, uint256 slashed);

    // ---- orders ----

    /// @notice The order's whole escrow left the consumer's free balance. `uri` carries hints only.
    event Posted(bytes32 indexed id, address indexed consumer, uint16 indexed class, Terms terms, string uri);
    /// @notice No more claims; unclaimed jobs are VOID and their escrow is back with the consumer. Also emitted, with
    /// refund 0, when the consumer revokes an order that was never posted.
    event Closed(bytes32 indexed id, uint256 refund);
    /// @param claimDelay seconds since posting; fixes the unit price
    event Claimed(bytes32 indexed id, uint32 indexed job, address indexed node, uint32 claimDelay, uint32 deadline);
    event Beat(bytes32 indexed id, uint32 indexed job, uint32 deadline);
    event Stopped(bytes32 indexed id, uint32 indexed job, uint32 deadline);
    /// @notice Also emitted for results that pay nothing (bad spec, input unavailable), followed by Reopened or Voided.
    event Submitted(
        bytes32 indexed id,
        uint32 indexed job,
        address indexed node,
        bytes32 digest,
        Result result,
        uint96 pay
    );
    /// @notice PAID: owner gets pay - fee, `fee` stands beside the owner's balance, consumer gets `refund`.
    event Settled(
        bytes32 indexed id,
        uint32 indexed job,
        address indexed node,
        uint256 pay,
        uint256 fee,
        uint256 refund
    );
    /// @notice The node could not run the job (see `status`); it is open to others again.
    event Reopened(bytes32 indexed id, uint32 indexed job, address indexed node, uint8 status);
    /// @notice The node stayed silent: its stake fell by `slash`, of which `bounty` went to `keeper`'s free balance and
    /// the rest to the pool. If not reopened the job is VOID and its escrow is back with the consumer.
    event Expired(
        bytes32 indexed id,
        uint32 indexed job,
        address indexed node,
        uint256 slash,
        uint256 bounty,
        address keeper,
        bool reopened
    );
    /// @notice VOID: the job's escrow is back with the consumer, the node is unpaid.
    event Voided(bytes32 indexed id, uint32 indexed job, address indexed node, uint256 refund);

    // ---- replication ----

    /// @notice A replica's result is sealed; with the job these are the parts of its `Seal`.
    event Committed(
        bytes32 indexed id,
        uint32 indexed job,
        address indexed node,
        uint32 claimedAt,
        uint32 committedAt,
        bool stopped,
        bytes32 commitment
    );
    /// @notice A seal was opened, by its node or in the tally.
    event Revealed(bytes32 indexed id, uint32 indexed job, address indexed node, Result result, bytes32 salt);
    /// @notice A lot is decided; Submitted, Voided, Expired (seal never opened) or Submitted and Settled (no quorum) follow for
    /// each of its sealed jobs.
    /// @param resultRoot of the quorum, with `status`; zero without one
    /// @param votes how many agreed with it; 0 without a quorum
    event Tallied(bytes32 indexed id, uint32 indexed lot, bytes32 resultRoot, uint8 status, uint256 votes);

    // ---- disputes ----

    /// @notice `bond` left the challenger's free balance. The job can be settled by nobody before `deadline` unless all its
    /// disputes are resolved.
    event Challenged(
        bytes32 indexed id,
        uint32 indexed job,
        bytes32 indexed dispute,
        address challenger,
        address arbiter,
        uint256 bond,
        uint32 deadline,
        uint64 index,
        bytes32 specDigest,
        bool withheld,
        bytes32 outputDigest,
        uint8 status
    );
    /// @notice `bond` left the appellant's free balance.
    event Appealed(bytes32 indexed dispute, address indexed appellant, uint256 bond);
    /// @notice A dispute ended by verdict. INVALID and UNAVAILABLE: `Voided` (the refund) and `NodeJailed` or `NodeSlashed`
    /// stand before it. Otherwise anyone may settle from `settleableFrom` unless other disputes are open.
    event Resolved(
        bytes32 indexed id,
        uint32 indexed job,
        bytes32 indexed dispute,
        Verdict verdict,
        uint32 settleableFrom,
        Split split
    );
    /// @notice A node's stake fell by `amount`, what was unbonding last, of which `unbonding` is left: results withheld, or
    /// jury duty not done.
    event NodeSlashed(address indexed node, bytes32 indexed dispute, uint256 amount, uint256 unbonding);
    /// @notice `fee` went to the free balance of the juror's owner.
    event JurorPaid(address indexed node, bytes32 indexed dispute, uint256 fee);
    /// @notice The job ended without this dispute's verdict; the bonds are back.
    event Reclaimed(
        bytes32 indexed dispute,
        address indexed challenger,
        uint256 bond,
        address indexed appellant,
        uint256 appealBond
    );

    // ---- governance ----

    /// @notice Orders may name this arbiter from now on.
    event ArbiterEnabled(address indexed arbiter);
    event ParamsSet(Params params);
    event PausedUntil(uint32 time);
}
