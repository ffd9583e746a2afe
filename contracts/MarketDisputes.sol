// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {DelegatedOnly} from "./DelegatedOnly.sol";
import {MarketStorage} from "./MarketStorage.sol";
import {Orders} from "./Orders.sol";
import {IArbiter} from "./interfaces/IArbiter.sol";
import {IMarketDisputes} from "./interfaces/IMarketDisputes.sol";
import {Leaf} from "./libraries/Leaf.sol";
import {Pricing} from "./libraries/Pricing.sol";
import {Dispute, LeafProof, Ruling, Split, Verdict} from "./types/Dispute.sol";
import {Node} from "./types/Node.sol";
import {Receipt} from "./types/Receipt.sol";
import {Result} from "./types/Result.sol";
import {Config} from "./types/Settings.sol";
import {Terms} from "./types/Terms.sol";

/// @notice Challenges of submitted results, and what a verdict does to everybody's money: code only, run over the market's
/// storage. Holds the configuration that the other two pieces copy.
contract MarketDisputes is IMarketDisputes, Orders, DelegatedOnly {
    using SafeCast for uint256;

    uint256 private constant MOST_CHALLENGES = 200; // open at once on one job
    uint256 private constant MOST_BY_CONSUMER = 255; // what a slot can count; the rest is the consumer's
    uint256 private constant COMPENSATION_BPS = 1_000; // of a convicted node's stake, at most the job's escrow
    uint256 private constant REWARD_BPS = 3_000; // of a convicted node's stake

    constructor(Config memory fixed_, address authority_) MarketStorage(fixed_, authority_) {}

    /// @inheritdoc IMarketDisputes
    function challenge(
        Terms calldata terms,
        Receipt calldata receipt,
        Result calldata result,
        LeafProof calldata proof
    ) external delegatedOnly nonReentrant returns (bytes32 dispute) {
        Job memory job = _submittedJob(_idOf(terms), terms, receipt);
        bytes32 digest = _hashTypedDataV4(result.structHash(job.id, job.index, receipt.node));
        require(digest == receipt.digest, ResultMismatch(receipt.digest, digest));
        bytes32 claimed = _requireLeaf(terms, job, result, proof);
        uint256 deadline = _openChallenge(job, terms, receipt);

        bytes32 subject = _subject(job, receipt);
        bytes32 leaf = keccak256(abi.encode(subject, claimed));
        bytes32 last = _disputed[leaf];
        require(_disputes[last].challenger == address(0), LeafDisputed(last));
        // Names the one before it: an arbiter may decide within the second.
        dispute = keccak256(abi.encode(leaf, last, msg.sender, block.timestamp));
        _disputed[leaf] = dispute;
        address arbiter = _arbiterOf(terms);
        require(arbiter != address(0), ArbiterMissing());
        uint96 bond = IArbiter(arbiter).bondFor(terms).toUint96();
        _debit(msg.sender, bond);
        Dispute storage entry = _disputes[dispute];
        (entry.challenger, entry.bond, entry.subject, entry.index) = (msg.sender, bond, subject, proof.index);
        emit Challenged(
            job.id,
            job.index,
            dispute,
            msg.sender,
            arbiter,
            bond,
            deadline.toUint32(),
            proof.index,
            proof.specDigest,
            proof.withheld,
            proof.outputDigest,
            proof.status
        );
        IArbiter(arbiter).onChallenge(dispute, terms, receipt.node, msg.sender);
    }

    /// @inheritdoc IMarketDisputes
    function appeal(
        Terms calldata terms,
        Receipt calldata receipt,
        bytes32 dispute
    ) external delegatedOnly nonReentrant {
        Job memory job = _submittedJob(_idOf(terms), terms, receipt);
        Dispute storage entry = _openDispute(job, receipt, dispute);
        require(entry.appellant == address(0), DisputeAppealed(dispute));
        address arbiter = _arbiterOf(terms);
        uint96 bond = IArbiter(arbiter).appealBondFor(terms).toUint96();
        _debit(msg.sender, bond);
        (entry.appellant, entry.appealBond) = (msg.sender, bond);
        emit Appealed(dispute, msg.sender, bond);
        IArbiter(arbiter).onAppeal(dispute, terms, msg.sender);
    }

    /// @inheritdoc IMarketDisputes
    /// @dev Everything happens here, after the arbiter's last word: it is not called back.
    function resolve(
        Terms calldata terms,
        Receipt calldata receipt,
        bytes32 dispute,
        Ruling calldata ruling
    ) external delegatedOnly {
        address arbiter = _arbiterOf(terms);
        require(msg.sender == arbiter, ArbiterOnly(msg.sender, arbiter));
        Job memory job = _submittedJob(_idOf(terms), terms, receipt);
        Dispute memory entry = _openDispute(job, receipt, dispute);
        delete _disputes[dispute];

        uint256 due = ruling.paid.length * ruling.fee;
        // An appeal that changed nothing pays the jurors first.
        uint256 fromAppeal = ruling.appealWon ? 0 : Math.min(entry.appealBond, due);
        Split memory split;
        uint256 funds =
            ruling.verdict == Verdict.INVALID || ruling.verdict == Verdict.UNAVAILABLE
                ? _convict(job, terms, receipt.node, dispute, ruling.verdict, entry.bond, due - fromAppeal, split)
                : _acquit(job, terms, receipt, ruling.verdict, entry.bond, due - fromAppeal, split);
        _payJurors(dispute, ruling, fromAppeal + funds, split);
        if (ruling.appealWon) split.toAppellant = entry.appealBond;
        else split.toPool += entry.appealBond - fromAppeal;
        uint256 slice = Pricing.shareDown(Math.min(terms.bond(), _classes[terms.class()].minStake), LIVENESS_BPS);
        for (uint256 i = 0; i < ruling.faulted.length; ++i) {
            address juror = ruling.faulted[i];
            _totals.pool += _slashFree(juror, _nodes[juror], slice, dispute).toUint128();
        }
        _credit(entry.challenger, split.toChallenger);
        _credit(entry.appellant, split.toAppellant);
        _credit(_nodes[receipt.node].owner, split.toOwner);
        _credit(terms.consumer(), split.toConsumer);
        _totals.pool += split.toPool.toUint128();
        emit Resolved(job.id, job.index, dispute, ruling.verdict, uint32(job.slot.deadline()), split);
    }

    /// @inheritdoc IMarketDisputes
    function reclaim(Terms calldata terms, Receipt calldata receipt, bytes32 dispute) external delegatedOnly {
        Job memory job = _job(_idOf(terms), terms, receipt.job);
        Dispute memory entry = _openDispute(job, receipt, dispute);
        bool live = (1 << uint8(job.slot.state())) & SUBMITTED != 0;
        require(!live, DisputeLive(dispute));
        delete _disputes[dispute];
        _credit(entry.challenger, entry.bond);
        _credit(entry.appellant, entry.appealBond);
        emit Reclaimed(dispute, entry.challenger, entry.bond, entry.appellant, entry.appealBond);
    }

    // ---- views ----

    /// @inheritdoc IMarketDisputes
    function disputeOf(bytes32 dispute) external view delegatedOnly returns (Dispute memory) {
        return _disputes[dispute];
    }

    /// @inheritdoc IMarketDisputes
    /// @dev Also answers directly: the other pieces' constructors copy it. The values come from the arguments.
    function config() external view returns (Config memory) {
        return
            Config(address(ASSET), ACTIVATION.toUint32(), CHALLENGE_FLOOR.toUint32(), LIVENESS_BPS.toUint16(), ARBITER);
    }

    // ---- opening ----

    /// @dev An order's task, and unless it is withheld what the result says of it. A result may say two things of one task, so
    /// that is what a dispute is about: a friendly one about the other, or about nothing but its absence, must not keep it busy.
    function _requireLeaf(
        Terms calldata terms,
        Job memory job,
        Result calldata result,
        LeafProof calldata proof
    ) private pure returns (bytes32 claimed) {
        uint256 lot = job.index / terms.replicas();
        require(proof.index / terms.tasksPerLot() == lot, LeafOutsideJob(proof.index, lot));
        bytes32 task = Leaf.task(proof.index, proof.specDigest);
        require(
            MerkleProof.verifyCalldata(proof.taskProof, terms.taskRoot, task),
            TaskNotInOrder(terms.taskRoot, proof.index)
        );
        if (proof.withheld) return task;
        claimed = Leaf.result(proof.index, task, proof.outputDigest, proof.status);
        require(
            MerkleProof.verifyCalldata(proof.resultProof, result.resultRoot, claimed),
            LeafNotInResult(result.resultRoot, proof.index)
        );
    }

    /// @dev One more open challenge; the job's clock runs to the latest dispute's end.
    function _openChallenge(
        Job memory job,
        Terms calldata terms,
        Receipt calldata receipt
    ) private returns (uint256 deadline) {
        uint256 count = job.slot.challenges();
        uint256 most = msg.sender == terms.consumer() ? MOST_BY_CONSUMER : MOST_CHALLENGES;
        uint256 until = count == 0 ? job.slot.deadline() : _lastChallenge(terms, receipt);
        require(block.timestamp < until, ChallengeTooLate(job.id, job.index, until));
        require(count < most, ChallengesFull(job.id, job.index, most));
        deadline = Math.max(job.slot.deadline(), block.timestamp + MAX_DISPUTE);
        _store(job, job.slot.withChallenges(count + 1).withDeadline(deadline));
    }

    /// @dev Without an end, chained challenges would hold a job open past unbonding.
    function _lastChallenge(Terms calldata terms, Receipt calldata receipt) private view returns (uint256) {
        return uint256(receipt.submittedAt) + terms.challengeFor() + MAX_DISPUTE + CHALLENGE_FLOOR;
    }

    // ---- ending ----

    /// @dev Challenger and jurors are paid out of the node's stake: all of it for a wrong result, for a withheld one the
    /// slice of silence or what the jurors cost, whichever is more.
    /// @return funds of what is due to the jurors
    function _convict(
        Job memory job,
        Terms calldata terms,
        address judged,
        bytes32 dispute,
        Verdict verdict,
        uint256 bond,
        uint256 due,
        Split memory split
    ) private returns (uint256 funds) {
        _voidOut(job, terms, judged);
        Node storage node = _nodes[judged];
        if (verdict == Verdict.INVALID) {
            split.slashed = _jail(judged, node);
            split.toConsumer = Math.min(terms.jobEscrow(), Pricing.shareDown(split.slashed, COMPENSATION_BPS));
            split.toChallenger = Pricing.shareDown(split.slashed, REWARD_BPS);
        } else {
            uint256 slice = Pricing.shareDown(terms.bond(), LIVENESS_BPS);
            split.slashed = _slashFree(judged, node, Math.max(slice, due), dispute);
        }
        uint256 rest = split.slashed - split.toConsumer - split.toChallenger;
        // What the stake cannot pay the jurors comes out of the bond, so that their pay does not hang on their verdict.
        uint256 fromStake = Math.min(due, rest);
        uint256 fromBond = Math.min(due - fromStake, bond);
        split.toChallenger += bond - fromBond;
        split.toPool = rest - fromStake;
        return fromStake + fromBond;
    }

    /// @dev The challenger pays the jurors; what is left compensates the node, or goes back if nothing was found.
    /// @return funds of what is due to the jurors
    function _acquit(
        Job memory job,
        Terms calldata terms,
        Receipt calldata receipt,
        Verdict verdict,
        uint256 bond,
        uint256 due,
        Split memory split
    ) private returns (uint256 funds) {
        uint256 count = job.slot.challenges() - 1;
        uint256 deadline = job.slot.deadline();
        if (count == 0) {
            // Whoever relied on this dispute gets time to open another, within the limit for all.
            uint256 latest = Math.max(block.timestamp, _lastChallenge(terms, receipt));
            deadline = Math.max(
                uint256(receipt.submittedAt) + terms.challengeFor(),
                Math.min(block.timestamp + CHALLENGE_FLOOR, latest)
            );
        }
        _store(job, job.slot.withChallenges(count).withDeadline(deadline));
        funds = Math.min(due, bond);
        if (verdict == Verdict.VALID) split.toOwner = bond - funds;
        else split.toChallenger = bond - funds;
    }

    /// @dev In equal parts; what division leaves goes to the pool.
    function _payJurors(bytes32 dispute, Ruling calldata ruling, uint256 funds, Split memory split) private {
        uint256 jurors = ruling.paid.length;
        uint256 each = jurors == 0 ? 0 : funds / jurors;
        for (uint256 i = 0; i < jurors; ++i) {
            address juror = ruling.paid[i];
            _credit(_nodes[juror].owner, each);
            emit JurorPaid(juror, dispute, each);
        }
        split.toJurors = each * jurors;
        split.toPool += funds - split.toJurors;
    }

    // ---- finding ----

    function _arbiterOf(Terms calldata terms) private view returns (address) {
        address named = terms.arbiter();
        return named == address(0) ? ARBITER : named;
    }

    function _subject(Job memory job, Receipt calldata receipt) private pure returns (bytes32) {
        return keccak256(abi.encode(job.key, receipt.hash208()));
    }

    function _openDispute(
        Job memory job,
        Receipt calldata receipt,
        bytes32 dispute
    ) private view returns (Dispute storage entry) {
        entry = _disputes[dispute];
        require(entry.challenger != address(0), DisputeUnknown(dispute));
        require(entry.subject == _subject(job, receipt), DisputeElsewhere(dispute));
    }
}
