// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {MarketDisputes} from "./MarketDisputes.sol";
import {MarketStorage} from "./MarketStorage.sol";
import {Orders} from "./Orders.sol";
import {Registry} from "./Registry.sol";
import {IMarketExtension} from "./interfaces/IMarketExtension.sol";
import {Pricing} from "./libraries/Pricing.sol";
import {Sortition} from "./libraries/Sortition.sol";
import {JobSlot, JobSlots, JobState} from "./types/JobSlot.sol";
import {Class, Node, NodeStatus} from "./types/Node.sol";
import {Receipt} from "./types/Receipt.sol";
import {Result} from "./types/Result.sol";
import {Params} from "./types/Settings.sol";
import {Order, Terms, TermsLib} from "./types/Terms.sol";
import {JobView, NodeView, OrderView} from "./types/Views.sol";

/// @notice The market's rare calls and its views: code only, run by `Market` over its own storage. Its fallback passes what
/// neither knows on to `MarketDisputes`.
contract MarketExtension is Registry, Orders {
    using Address for address;
    using SafeCast for uint256;

    uint256 private constant MAX_PAUSE = 7 days;
    uint256 private constant PAUSE_COOL_DOWN = 7 days;

    MarketDisputes public immutable DISPUTES;

    constructor(MarketDisputes disputes, address authority_) MarketStorage(disputes.config(), authority_) {
        DISPUTES = disputes;
    }

    fallback(bytes calldata data) external delegatedOnly returns (bytes memory) {
        return address(DISPUTES).functionDelegateCall(data);
    }

    // ---- money ----

    /// @inheritdoc IMarketExtension
    function depositWithPermit(
        address to,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external delegatedOnly nonReentrant {
        // Anyone may have used the permit before us; then the allowance it gave is there, or the transfer fails.
        try IERC20Permit(address(ASSET)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _pullInto(to, amount);
    }

    /// @inheritdoc IMarketExtension
    function sweep(address account) external delegatedOnly {
        uint128 fees = _accounts[account].fees;
        uint128 toTreasury = fees / 2;
        uint128 toPool = fees - toTreasury;
        _accounts[account].fees = 0;
        _totals.treasury += toTreasury;
        _totals.pool += toPool;
        emit Swept(account, toTreasury, toPool);
    }

    // ---- orders ----

    /// @inheritdoc IMarketExtension
    function close(Terms calldata terms) external delegatedOnly {
        bytes32 id = _idOf(terms);
        bool byConsumer = msg.sender == terms.consumer();
        uint256 refund = terms.jobs() == 1 ? _closeSingle(id, terms, byConsumer) : _closeSeveral(id, terms, byConsumer);
        if (refund > 0) _credit(terms.consumer(), refund);
        emit Closed(id, refund);
    }

    /// @inheritdoc IMarketExtension
    function stop(Terms calldata terms, uint32 job) external delegatedOnly {
        address consumer = terms.consumer();
        require(msg.sender == consumer, OrderNotYours(msg.sender, consumer));
        Job memory running = _jobIn(RUNNING, _idOf(terms), terms, job);
        require(!running.slot.stopped(), JobStopped(running.id, job));
        _requireInTime(running);
        uint256 deadline = Math.min(block.timestamp + STOP_GRACE, running.slot.claimedAt() + terms.maxRun());
        _store(running, running.slot.withStopped().withDeadline(deadline));
        emit Stopped(running.id, job, deadline.toUint32());
    }

    /// @inheritdoc IMarketExtension
    function expire(Terms calldata terms, uint32[] calldata jobs) external delegatedOnly {
        bytes32 id = _idOf(terms);
        for (uint256 i = 0; i < jobs.length; ++i) {
            _expire(_jobIn(RUNNING, id, terms, jobs[i]), terms);
        }
    }

    /// @inheritdoc IMarketExtension
    function voidJob(Terms calldata terms, Receipt calldata receipt) external delegatedOnly {
        Job memory job = _submittedJob(_idOf(terms), terms, receipt);
        NodeStatus status = _nodes[receipt.node].status;
        require(status == NodeStatus.JAILED, NodeInStatus(receipt.node, status));
        _voidOut(job, terms, receipt.node);
    }

    // ---- governance ----

    /// @inheritdoc IMarketExtension
    function setClass(
        uint16 class,
        uint80 minStake,
        uint16 step,
        bytes32 documentHash
    ) external delegatedOnly restricted {
        require(minStake > 0 && step > 0, ClassIncomplete(class));
        Class storage entry = _classes[class];
        require(entry.step == 0 || entry.step == step, ClassStepFixed(class, entry.step));
        entry.minStake = minStake;
        entry.step = step;
        emit ClassSet(class, minStake, step, documentHash);
    }

    /// @inheritdoc IMarketExtension
    function setParams(Params calldata newParams) external delegatedOnly restricted {
        _setParams(newParams);
    }

    /// @inheritdoc IMarketExtension
    function pauseNew(uint32 time) external delegatedOnly restricted {
        uint256 until = _settings.pausedUntil;
        bool paused = block.timestamp < until;
        require(
            paused || until == 0 || block.timestamp >= until + PAUSE_COOL_DOWN,
            PauseCoolingDown(until + PAUSE_COOL_DOWN)
        );
        uint256 latest = paused ? until : block.timestamp + MAX_PAUSE;
        require(time <= latest, PauseTooLong(time, latest));
        // Ending a pause early starts the cool-down now, not in the past.
        until = Math.max(time, block.timestamp);
        _settings.pausedUntil = until.toUint32();
        emit PausedUntil(until.toUint32());
    }

    /// @inheritdoc IMarketExtension
    function payTreasury(address to, uint256 amount) external delegatedOnly restricted nonReentrant {
        uint256 treasury = _totals.treasury;
        require(treasury >= amount, TreasuryTooLow(treasury, amount));
        _totals.treasury = (treasury - amount).toUint128();
        emit TreasuryPaid(to, amount);
        _push(to, amount);
    }

    /// @inheritdoc IMarketExtension
    function enableArbiter(address arbiter) external delegatedOnly restricted {
        _arbiters[arbiter] = true;
        emit ArbiterEnabled(arbiter);
    }

    // ---- views ----

    /// @inheritdoc IMarketExtension
    function asset() external view returns (address) {
        return address(ASSET);
    }

    /// @inheritdoc IMarketExtension
    function params() external view delegatedOnly returns (Params memory) {
        return Params(_settings.feeBps, _settings.minBondBps, _settings.minJobEscrow);
    }

    /// @inheritdoc IMarketExtension
    function pausedUntil() external view delegatedOnly returns (uint32) {
        return _settings.pausedUntil;
    }

    /// @inheritdoc IMarketExtension
    function accountOf(address account) external view delegatedOnly returns (uint128 free, uint128 fees) {
        return (_accounts[account].free, _accounts[account].fees);
    }

    /// @inheritdoc IMarketExtension
    function totals() external view delegatedOnly returns (uint128 treasury, uint128 pool) {
        return (_totals.treasury, _totals.pool);
    }

    /// @inheritdoc IMarketExtension
    function nodeOf(address node) external view delegatedOnly returns (NodeView memory) {
        Node memory entry = _nodes[node];
        return
            NodeView({
                owner: entry.owner,
                stake: entry.stake + entry.unbonding,
                locked: entry.locked,
                unbonding: entry.unbonding,
                class: entry.class,
                open: entry.open,
                maxOpen: entry.maxOpen,
                status: entry.status,
                activatedAt: entry.activatedAt,
                unbondAt: entry.unbondAt,
                rosterIndex: entry.rosterIndex
            });
    }

    /// @inheritdoc IMarketExtension
    function classOf(uint16 class) external view delegatedOnly returns (Class memory) {
        return _classes[class];
    }

    /// @inheritdoc IMarketExtension
    function rosterOf(uint16 class, uint256 index) external view delegatedOnly returns (uint256 length, address node) {
        address[] storage roster = _rosters[class];
        length = roster.length;
        if (index < length) node = roster[index];
    }

    /// @inheritdoc IMarketExtension
    function seatOf(
        uint16 class,
        uint256 index,
        uint256 time
    ) external view delegatedOnly returns (address node, address owner, bool active) {
        node = _rosters[class][index];
        Node storage entry = _nodes[node];
        owner = entry.owner;
        active =
            (entry.status == NodeStatus.ACTIVE && entry.activatedAt <= time) ||
            (entry.servedFrom <= time && time < entry.servedUntil);
    }

    /// @inheritdoc IMarketExtension
    function arbiterEnabled(address arbiter) external view delegatedOnly returns (bool) {
        return _arbiters[arbiter];
    }

    /// @inheritdoc IMarketExtension
    function orderId(Order calldata order) external view delegatedOnly returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(TermsLib.ORDER_TYPEHASH, order)));
    }

    /// @inheritdoc IMarketExtension
    function orderIdOf(Terms calldata terms) external view delegatedOnly returns (bytes32) {
        return _idOf(terms);
    }

    /// @inheritdoc IMarketExtension
    function orderOf(Terms calldata terms) external view delegatedOnly returns (OrderView memory) {
        bytes32 id = _idOf(terms);
        if (terms.jobs() != 1) {
            OrderHead memory head = _heads[id];
            return OrderView(head.postedAt != 0, head.closed, head.postedAt, head.unclaimed, head.escrow);
        }
        JobView memory job = _view(_jobs[id]);
        bool live = job.state != JobState.NONE && job.state < JobState.PAID;
        return
            OrderView({
                posted: job.state != JobState.NONE,
                closed: job.closed || job.state == JobState.VOID,
                postedAt: job.postedAt,
                unclaimed: job.state == JobState.OPEN ? 1 : 0,
                escrow: live ? terms.jobEscrow().toUint128() : 0
            });
    }

    /// @inheritdoc IMarketExtension
    function jobOf(Terms calldata terms, uint32 job) external view delegatedOnly returns (JobView memory) {
        return _view(_job(_idOf(terms), terms, job).slot);
    }

    /// @inheritdoc IMarketExtension
    function digestOf(
        Terms calldata terms,
        uint32 job,
        address node,
        Result calldata result
    ) external view delegatedOnly returns (bytes32) {
        return _hashTypedDataV4(result.structHash(_idOf(terms), job, node));
    }

    /// @inheritdoc IMarketExtension
    function unitPrice(Terms calldata terms, uint32 delay) external view delegatedOnly returns (uint256) {
        return Pricing.unitPriceDown(terms, delay);
    }

    /// @inheritdoc IMarketExtension
    function eligibleAt(
        Terms calldata terms,
        uint32 job,
        address node
    ) external view delegatedOnly returns (uint256 time) {
        bytes32 id = _idOf(terms);
        uint256 postedAt = _jobIn(OPEN, id, terms, job).slot.postedAt();
        address named = terms.node();
        if (named == node) return postedAt;
        Class memory class = _classes[terms.class()];
        if (named != address(0) && terms.rampFor() == 0) return type(uint256).max;
        time = postedAt + class.step * Sortition.firstStep(id, job, node, class.active);
        if (named != address(0)) time = Math.max(time, postedAt + terms.rampFor());
        if (time > postedAt + terms.openFor()) return type(uint256).max;
    }

    // ---- inside ----

    /// @dev A running job goes on; closing only keeps it from being reopened.
    function _closeSingle(bytes32 id, Terms calldata terms, bool byConsumer) private returns (uint256 refund) {
        JobSlot slot = _jobs[id];
        JobState state = slot.state();
        if (state == JobState.NONE) {
            _requireRevocable(id, terms, byConsumer);
            _jobs[id] = JobSlots.ended(JobState.VOID);
            return 0;
        }
        require(state <= JobState.RUNNING, JobInState(id, 0, state, OPEN | RUNNING));
        require(!slot.closed(), OrderAlreadyClosed(id));
        _requireClosable(id, terms, byConsumer, slot.postedAt());
        if (state == JobState.RUNNING) {
            _jobs[id] = slot.withClosed();
            return 0;
        }
        _end(Job(id, 0, id, slot), terms, JobState.VOID);
        return terms.jobEscrow();
    }

    function _closeSeveral(bytes32 id, Terms calldata terms, bool byConsumer) private returns (uint256 refund) {
        OrderHead storage head = _heads[id];
        require(!head.closed, OrderAlreadyClosed(id));
        if (head.postedAt == 0)
            _requireRevocable(id, terms, byConsumer);
            // Nobody who runs a replica shall lose the others that would agree with it.
        else _requireClosable(id, terms, byConsumer && !_begun(head, terms), head.postedAt);
        refund = terms.jobEscrow() * head.unclaimed;
        head.escrow -= refund.toUint128();
        head.unclaimed = 0;
        head.closed = true;
    }

    function _begun(OrderHead storage head, Terms calldata terms) private view returns (bool) {
        return terms.replicas() > 1 && head.unclaimed < terms.jobs();
    }

    function _requireRevocable(bytes32 id, Terms calldata terms, bool byConsumer) private view {
        // After postBy nobody can post it anyway.
        require(byConsumer && terms.canonical() && block.timestamp <= terms.postBy(), OrderUnknown(id));
    }

    function _requireClosable(bytes32 id, Terms calldata terms, bool byConsumer, uint256 postedAt) private view {
        uint256 openUntil = postedAt + terms.openFor();
        require(byConsumer || block.timestamp > openUntil, OrderStillOpen(id, openUntil));
    }

    function _expire(Job memory job, Terms calldata terms) private {
        address key = job.slot.node();
        bool jailed = _nodes[key].status == NodeStatus.JAILED;
        uint256 deadline = job.slot.deadline();
        require(jailed || block.timestamp > deadline, DeadlineNotPassed(job.id, job.index, deadline));

        _silence(job, terms, key, true);
    }

    function _view(JobSlot slot) private pure returns (JobView memory job) {
        job.state = slot.state();
        job.closed = slot.closed();
        job.stopped = slot.stopped();
        // Every field below fits the width it has in the slot.
        if (job.state == JobState.OPEN || job.state == JobState.RUNNING) {
            job.node = slot.node();
            job.postedAt = uint32(slot.postedAt());
        }
        if (job.state == JobState.RUNNING) job.claimedAt = uint32(slot.claimedAt());
        if (job.state > JobState.RUNNING && job.state < JobState.PAID) {
            job.challenges = slot.challenges();
            job.receiptHash = slot.contentHash();
        }
        if (job.state >= JobState.RUNNING && job.state < JobState.PAID) job.deadline = uint32(slot.deadline());
    }
}
