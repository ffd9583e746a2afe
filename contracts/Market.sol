// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {MarketExtension} from "./MarketExtension.sol";
import {MarketStorage} from "./MarketStorage.sol";
import {Replication} from "./Replication.sol";
import {IArbiter} from "./interfaces/IArbiter.sol";
import {IMarketCore} from "./interfaces/IMarketCore.sol";
import {IVerifier} from "./interfaces/IVerifier.sol";
import {Pricing} from "./libraries/Pricing.sol";
import {Sortition} from "./libraries/Sortition.sol";
import {JobSlot, JobSlots, JobState} from "./types/JobSlot.sol";
import {Class, Node, NodeStatus} from "./types/Node.sol";
import {Receipt} from "./types/Receipt.sol";
import {Result, Status} from "./types/Result.sol";
import {Params} from "./types/Settings.sol";
import {Terms} from "./types/Terms.sol";

/// @notice Holds every token of the marketplace. The frequent calls stand here; the fallback runs `MarketExtension` over
/// the same storage for the rest, and that one's `MarketDisputes`. None can be replaced.
contract Market is Replication, Multicall {
    using Address for address;

    uint32 private constant NO_JOB = type(uint32).max;
    uint256 private constant MAX_REPLICAS = 7; // a tally compares each with each
    uint256 private constant VERIFIER_GAS = 5_000_000;
    uint256 private constant MIN_FAIL_BPS = 1_000; // a truthful failure must be worth reporting
    uint256 private constant MAX_FAIL_BPS = 9_000; // and never worth as much as success
    uint256 private constant MAX_DELAY = type(uint24).max; // seconds; a job's slot holds the claim delay in 24 bits

    address public immutable EXTENSION;

    /// @param extension shares its configuration, so that both pieces of code agree
    constructor(
        MarketExtension extension,
        address authority_,
        Params memory initial
    ) MarketStorage(extension.DISPUTES().config(), authority_) {
        EXTENSION = address(extension);
        _setParams(initial);
        if (ARBITER != address(0)) IArbiter(ARBITER).bind();
    }

    fallback(bytes calldata data) external returns (bytes memory) {
        return EXTENSION.functionDelegateCall(data);
    }

    // ---- money ----

    /// @inheritdoc IMarketCore
    function deposit(address to, uint256 amount) external nonReentrant {
        _pullInto(to, amount);
    }

    /// @inheritdoc IMarketCore
    function withdraw(address to, uint256 amount) external nonReentrant {
        _debit(msg.sender, amount);
        emit Withdrawn(msg.sender, to, amount);
        _push(to, amount);
    }

    // ---- orders ----

    /// @inheritdoc IMarketCore
    function post(Terms calldata terms, string calldata uri) external returns (bytes32 id) {
        address consumer = terms.consumer();
        require(msg.sender == consumer, OrderNotYours(msg.sender, consumer));
        _requireInBounds(terms);
        id = _idOf(terms);
        uint256 jobs = terms.jobs();
        uint256 escrow = terms.jobEscrow() * jobs;

        if (jobs == 1) {
            require(_jobs[id].state() == JobState.NONE, OrderKnown(id));
            _jobs[id] = JobSlots.open(address(0), block.timestamp);
        } else {
            OrderHead storage head = _heads[id];
            require(head.postedAt == 0 && !head.closed, OrderKnown(id));
            // Job escrow is below 2^96 and jobs below 2^32; seconds fit 32 bits until 2106.
            _heads[id] = OrderHead(uint128(escrow), uint32(jobs), uint32(block.timestamp), false);
        }
        _debit(consumer, escrow);
        emit Posted(id, consumer, terms.class(), terms, uri);
    }

    /// @inheritdoc IMarketCore
    function claim(Terms calldata terms, uint32 job) external {
        _claim(_idOf(terms), terms, job);
    }

    /// @inheritdoc IMarketCore
    function beat(Terms calldata terms, uint32[] calldata jobs) external {
        bytes32 id = _idOf(terms);
        require(terms.beatEvery() > 0, BeatNotAsked(id));
        for (uint256 i = 0; i < jobs.length; ++i) {
            Job memory job = _runningJob(id, terms, jobs[i]);
            require(!job.slot.stopped(), JobStopped(id, jobs[i]));
            uint256 deadline = _deadline(terms, job.slot.claimedAt());
            _store(job, job.slot.withDeadline(deadline));
            emit Beat(id, jobs[i], uint32(deadline)); // seconds fit 32 bits until 2106
        }
    }

    /// @inheritdoc IMarketCore
    function submit(Terms calldata terms, uint32 job, Result calldata result) external {
        _submit(_idOf(terms), terms, job, result);
    }

    /// @inheritdoc IMarketCore
    /// @dev No guard: the verifier is called statically, so it can change nothing, here or elsewhere.
    function submitProved(Terms calldata terms, uint32 job, Result calldata result, bytes calldata evidence) external {
        Job memory running = _runningJob(_idOf(terms), terms, job);
        address verifier = terms.verifier();
        require(verifier != address(0), VerifierNotNamed(running.id));
        require(result.status() < Status.BAD_SPEC, ResultNotCanonical(result.outcome)); // handed back by submit
        require(keccak256(evidence) == result.evidenceHash, EvidenceMismatch(result.evidenceHash, keccak256(evidence)));
        Receipt memory receipt = _report(running, terms, result);
        bytes32 bare = _hashTypedDataV4(result.bareStructHash(running.id, job, msg.sender));
        require(
            IVerifier(verifier).verify{gas: VERIFIER_GAS}(bare, terms, result, evidence),
            ProofRefused(running.id, job, verifier)
        );
        if (terms.challengeFor() == 0) _payOut(running, terms, msg.sender, receipt.pay);
        else _await(running, terms, receipt, result.status());
    }

    /// @inheritdoc IMarketCore
    function settle(Terms calldata terms, Receipt[] calldata receipts) external {
        _settle(_idOf(terms), terms, receipts);
    }

    /// @inheritdoc IMarketCore
    function advance(
        Terms calldata terms,
        Receipt[] calldata receipts,
        uint32 submitJob,
        Result calldata result,
        uint32 claimJob
    ) external {
        bytes32 id = _idOf(terms);
        _settle(id, terms, receipts);
        if (submitJob != NO_JOB) _submit(id, terms, submitJob, result);
        if (claimJob != NO_JOB) _claim(id, terms, claimJob);
    }

    // ---- inside ----

    function _requireInBounds(Terms calldata terms) private view {
        require(terms.canonical(), TermsNotCanonical());
        address arbiter = terms.arbiter();
        require(arbiter == address(0) || _arbiters[arbiter], ArbiterNotEnabled(arbiter));
        require(_classes[terms.class()].minStake > 0, ClassUnknown(terms.class()));

        Settings memory settings = _settings;
        require(block.timestamp >= settings.pausedUntil, NewWorkPaused(settings.pausedUntil));
        uint256 tasks = terms.tasksPerLot();
        uint256 escrow = terms.jobEscrow();
        uint256 replicas = terms.replicas();
        bool proved = terms.verifier() != address(0);
        _within("replicas", replicas, 1, proved ? 1 : MAX_REPLICAS);
        _within("quorum", terms.quorum(), replicas / 2 + 1, replicas);
        _within("lots", terms.lots(), 1, type(uint32).max / replicas);
        _within("tasksPerLot", tasks, 1, type(uint32).max);
        _within("challengeFor", terms.challengeFor(), proved ? 0 : CHALLENGE_FLOOR, MAX_CHALLENGE);
        _within("maxRun", terms.maxRun(), 1, proved ? MAX_RUN : Math.min(MAX_RUN, MAX_RUN_PER_TASK * tasks));
        _within("postBy", terms.postBy(), block.timestamp, type(uint32).max);
        _within("openFor", terms.openFor(), 1, MAX_DELAY);
        _within("startPrice", terms.startPrice(), 0, terms.maxPrice());
        _within("maxPrice", escrow, settings.minJobEscrow, type(uint96).max); // a receipt holds pay in 96 bits
        _within("failBps", terms.failBps(), MIN_FAIL_BPS, MAX_FAIL_BPS);
        _within("bond", terms.bond(), Pricing.shareUp(escrow, settings.minBondBps), type(uint80).max);
        _within("feeBps", terms.feeBps(), settings.feeBps, settings.feeBps);
    }

    function _within(bytes32 term, uint256 actual, uint256 least, uint256 most) private pure {
        require(actual >= least && actual <= most, TermOutOfBounds(term, actual, least, most));
    }

    /// @dev By when a job must be heard of again, seen from now.
    function _deadline(Terms calldata terms, uint256 claimedAt) private view returns (uint256) {
        uint256 end = claimedAt + terms.maxRun();
        uint256 every = terms.beatEvery();
        return every == 0 ? end : Math.min(end, block.timestamp + Math.max(every, SUBMIT_GRACE));
    }

    function _claim(bytes32 id, Terms calldata terms, uint32 index) private {
        require(block.timestamp >= _settings.pausedUntil, NewWorkPaused(_settings.pausedUntil));
        Job memory job = _jobIn(OPEN, id, terms, index);
        uint256 postedAt = job.slot.postedAt();
        uint256 delay = block.timestamp - postedAt;
        require(delay <= terms.openFor(), ClaimTooLate(id, postedAt + terms.openFor()));
        require(job.slot.node() != msg.sender, ClaimExcluded(id, index, msg.sender));

        Node storage node = _nodes[msg.sender];
        uint16 class = terms.class();
        uint256 bond = terms.bond();
        require(node.status == NodeStatus.ACTIVE, NodeInStatus(msg.sender, node.status));
        require(node.class == class, NodeInClass(msg.sender, node.class, class));
        require(node.open < node.maxOpen, NodeFull(msg.sender, node.open, node.maxOpen));
        require(node.activatedAt < postedAt, NodeTooNew(msg.sender, node.activatedAt, postedAt));
        uint256 available = node.stake - node.locked;
        require(available >= bond, NodeStakeTooLow(msg.sender, available, bond));
        _requireTurn(id, terms, index, delay, postedAt);
        if (terms.replicas() > 1) _requireNoSibling(id, terms, index, node.owner);

        (node.locked, node.open) = (node.locked + uint80(bond), node.open + 1); // locked stays at most the stake
        uint256 deadline = _deadline(terms, block.timestamp);
        _store(job, JobSlots.running(msg.sender, delay, postedAt, deadline));
        if (_several(job)) _heads[id].unclaimed -= 1;
        // delay is at most openFor, below 2^24; seconds fit 32 bits until 2106
        emit Claimed(id, index, msg.sender, uint32(delay), uint32(deadline));
    }

    /// @dev A named node may claim at any time and is alone for `rampFor` (0: for good); all others are drawn.
    function _requireTurn(
        bytes32 id,
        Terms calldata terms,
        uint32 index,
        uint256 delay,
        uint256 postedAt
    ) private view {
        address named = terms.node();
        if (named == msg.sender) return;
        uint256 reserved = terms.rampFor() == 0 ? type(uint256).max - postedAt : terms.rampFor();
        require(named == address(0) || delay >= reserved, ClaimReserved(id, named, postedAt + reserved));
        Class memory class = _classes[terms.class()];
        require(
            Sortition.eligible(id, index, msg.sender, class.active, delay / class.step),
            ClaimTooEarly(id, index, msg.sender)
        );
    }

    function _submit(bytes32 id, Terms calldata terms, uint32 index, Result calldata result) private {
        Job memory job = _runningJob(id, terms, index);
        bool handedBack = result.status() >= Status.BAD_SPEC;
        if (!handedBack) {
            require(terms.verifier() == address(0), ProofNeeded(id, terms.verifier()));
            require(terms.replicas() == 1, CommitNeeded(id, index));
        }
        Receipt memory receipt = _report(job, terms, result);
        if (!handedBack) return _await(job, terms, receipt, result.status());

        uint256 until = job.slot.claimedAt() + START_ALLOWANCE;
        require(block.timestamp <= until, HandBackTooLate(id, index, until));
        _unlock(_nodes[msg.sender], terms);
        if (_reopenOrVoid(job, terms)) emit Reopened(id, index, msg.sender, result.status());
        else emit Voided(id, index, msg.sender, terms.jobEscrow());
    }

    /// @dev Checks what a node reports of its running job, and logs it.
    function _report(
        Job memory job,
        Terms calldata terms,
        Result calldata result
    ) private returns (Receipt memory receipt) {
        JobSlot slot = job.slot;
        uint8 status = result.status();
        _requireHonest(result, slot.claimedAt(), block.timestamp);
        require(status != Status.STOPPED || slot.stopped(), JobNotStopped(job.id, job.index));
        // Not above the job escrow, which fits 96 bits (see _requireInBounds); seconds fit 32 bits until 2106.
        receipt = Receipt({
            job: job.index,
            node: msg.sender,
            pay: uint96(Pricing.payDown(terms, slot.claimDelay(), status, result.billed())),
            submittedAt: uint32(block.timestamp),
            digest: _digest(job, msg.sender, result)
        });
        emit Submitted(job.id, job.index, msg.sender, receipt.digest, result, receipt.pay);
    }

    function _settle(bytes32 id, Terms calldata terms, Receipt[] calldata receipts) private {
        for (uint256 i = 0; i < receipts.length; ++i) _pay(id, terms, receipts[i]);
    }

    function _pay(bytes32 id, Terms calldata terms, Receipt calldata receipt) private {
        Job memory job = _submittedJob(id, terms, receipt);
        uint256 from = job.slot.deadline();
        uint256 challenges = job.slot.challenges();
        if (challenges != 0) {
            require(block.timestamp >= from, JobChallenged(id, receipt.job, challenges, from));
        }
        if (msg.sender != terms.consumer()) {
            require(block.timestamp >= from, ChallengeWindowOpen(id, receipt.job, from));
            NodeStatus status = _nodes[receipt.node].status;
            require(status != NodeStatus.JAILED, NodeInStatus(receipt.node, status));
        }
        _payOut(job, terms, receipt.node, receipt.pay);
    }
}
