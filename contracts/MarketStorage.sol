// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMarketErrors} from "./interfaces/IMarketErrors.sol";
import {IMarketEvents} from "./interfaces/IMarketEvents.sol";
import {Dispute} from "./types/Dispute.sol";
import {JobSlot} from "./types/JobSlot.sol";
import {Class, Node} from "./types/Node.sol";
import {Config, Params} from "./types/Settings.sol";
import {Terms} from "./types/Terms.sol";

/// @notice The one storage that `Market` and `MarketExtension` share. Both inherit this and add no variable.
abstract contract MarketStorage is IMarketEvents, IMarketErrors, AccessManaged, EIP712, ReentrancyGuardTransient {
    /// @dev One slot.
    struct Account {
        uint128 free; // asset units the account may spend or withdraw
        uint128 fees; // asset units owed to treasury and pool until swept
    }

    /// @dev One slot; only for orders of several jobs.
    struct OrderHead {
        uint128 escrow; // asset units: job escrow x (unclaimed + live jobs)
        uint32 unclaimed; // jobs
        uint32 postedAt; // unix seconds; 0 = never posted
        bool closed;
    }

    /// @dev One slot.
    struct Totals {
        uint128 treasury; // asset units
        uint128 pool; // asset units: audit pool, takes slashes
    }

    /// @dev One slot. See `Params`.
    struct Settings {
        uint16 feeBps;
        uint16 minBondBps;
        uint96 minJobEscrow; // asset units
        uint32 pausedUntil; // unix seconds
    }

    uint256 internal constant MAX_RUN = 7 days;
    uint256 internal constant MAX_RUN_PER_TASK = 1 days; // a juror must be able to re-run one task
    uint256 internal constant MAX_CHALLENGE = 2 days;
    uint256 internal constant MAX_DISPUTE = 4 days;
    uint256 internal constant UNBONDING = 18 days;
    uint256 internal constant MAX_FEE_BPS = 500; // 5 %
    uint256 internal constant SUBMIT_GRACE = 300; // seconds
    uint256 internal constant STOP_GRACE = 600; // seconds

    uint256 internal constant START_ALLOWANCE = 600; // seconds from the claim in which a job may be handed back

    IERC20 internal immutable ASSET;
    uint256 internal immutable ACTIVATION; // seconds
    uint256 internal immutable CHALLENGE_FLOOR; // seconds
    uint256 internal immutable LIVENESS_BPS;
    address internal immutable ARBITER; // of orders that name none

    mapping(address account => Account) internal _accounts;
    mapping(address node => Node) internal _nodes;
    mapping(uint16 class => Class) internal _classes;
    mapping(uint16 class => address[]) internal _rosters; // append-only
    mapping(uint16 class => mapping(address owner => uint256)) internal _activeOf; // ACTIVE nodes of an owner
    mapping(bytes32 key => JobSlot) internal _jobs; // by order id for a single job, else by hash of id and job
    mapping(bytes32 id => OrderHead) internal _heads;
    Totals internal _totals;
    Settings internal _settings;
    mapping(address arbiter => bool) internal _arbiters; // that orders may name
    mapping(bytes32 dispute => Dispute) internal _disputes;
    mapping(bytes32 leaf => bytes32 dispute) internal _disputed; // the last one about a leaf of a result

    constructor(Config memory fixed_, address authority_) AccessManaged(authority_) EIP712("depin Market", "1") {
        // A fraud must be provable while the stake behind it can still be taken.
        uint256 longest = MAX_RUN + MAX_CHALLENGE + 2 * MAX_DISPUTE + fixed_.challengeFloor;
        require(UNBONDING > longest, UnbondingTooShort(UNBONDING, longest));
        require(fixed_.livenessBps <= 10_000, ParamOutOfBounds("livenessBps", fixed_.livenessBps, 10_000));
        ASSET = IERC20(fixed_.asset);
        ACTIVATION = fixed_.activation;
        CHALLENGE_FLOOR = fixed_.challengeFloor;
        LIVENESS_BPS = fixed_.livenessBps;
        ARBITER = fixed_.arbiter;
    }

    /// @dev Bounds hold at deployment too.
    function _setParams(Params memory params_) internal {
        require(params_.feeBps <= MAX_FEE_BPS, ParamOutOfBounds("feeBps", params_.feeBps, MAX_FEE_BPS));
        require(params_.minBondBps <= 10_000, ParamOutOfBounds("minBondBps", params_.minBondBps, 10_000));
        _settings.feeBps = params_.feeBps;
        _settings.minBondBps = params_.minBondBps;
        _settings.minJobEscrow = params_.minJobEscrow;
        emit ParamsSet(params_);
    }

    function _idOf(Terms calldata terms) internal view returns (bytes32) {
        return _hashTypedDataV4(terms.structHash());
    }
}
