// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {JobState} from "../types/JobSlot.sol";
import {NodeStatus} from "../types/Node.sol";

/// @title Why the market refuses a call
/// @notice One error per cause, with the value found and the limit it met.
interface IMarketErrors {
    // ---- money ----

    error BalanceTooLow(address account, uint256 free, uint256 needed);
    /// @notice The asset moved another amount than asked (fee on transfer, rebase); such assets are refused.
    error AssetNotExact(uint256 asked, uint256 received);
    error TreasuryTooLow(uint256 treasury, uint256 asked);

    // ---- registry ----

    error ClassUnknown(uint16 class);
    /// @notice A class needs a minimum stake and a step.
    error ClassIncomplete(uint16 class);
    error ClassStepFixed(uint16 class, uint16 step);
    error NodeKnown(address node);
    error NodeUnknown(address node);
    error NodeNotOwned(address node, address owner, address caller);
    error NodeInStatus(address node, NodeStatus status);
    error NodeConsentExpired(uint256 deadline);
    error NodeConsentInvalid(address node);
    /// @param available stake that is neither locked nor unbonding
    error NodeStakeTooLow(address node, uint256 available, uint256 needed);
    /// @notice Stake can leave after `unbondAt` and once no job of the node is unsettled.
    error NodeStakeBound(address node, uint256 unbondAt, uint256 openJobs);

    // ---- posting ----

    error OrderNotYours(address caller, address consumer);
    error OrderKnown(bytes32 id);
    error OrderUnknown(bytes32 id);
    /// @notice Unused bits of the packed terms are set.
    error TermsNotCanonical();
    /// @param term name of the field, as in the `Order` struct
    error TermOutOfBounds(bytes32 term, uint256 actual, uint256 least, uint256 most);
    error ArbiterNotEnabled(address arbiter);
    error NewWorkPaused(uint256 until);

    // ---- jobs ----

    error JobUnknown(bytes32 id, uint256 job, uint256 jobs);
    /// @param allowed bit n set = state n is accepted
    error JobInState(bytes32 id, uint256 job, JobState state, uint256 allowed);
    error JobNotYours(bytes32 id, uint256 job, address node, address caller);

    error ClaimTooLate(bytes32 id, uint256 openUntil);
    error ClaimReserved(bytes32 id, address node, uint256 until);
    /// @notice Not drawn yet; `eligibleAt` tells when.
    error ClaimTooEarly(bytes32 id, uint256 job, address node);
    /// @notice This node failed this job last.
    error ClaimExcluded(bytes32 id, uint256 job, address node);
    error NodeInClass(address node, uint16 class, uint16 needed);
    error NodeFull(address node, uint256 open, uint256 maxOpen);
    error NodeTooNew(address node, uint256 activatedAt, uint256 postedAt);

    error DeadlinePassed(bytes32 id, uint256 job, uint256 deadline);
    error DeadlineNotPassed(bytes32 id, uint256 job, uint256 deadline);
    error BeatNotAsked(bytes32 id);
    error JobStopped(bytes32 id, uint256 job);
    error JobNotStopped(bytes32 id, uint256 job);

    error ResultNotCanonical(uint256 outcome);
    error ResultTimes(uint256 claimedAt, uint256 startedAt, uint256 finishedAt, uint256 time);
    error ResultOverbilled(uint256 billed, uint256 most);

    /// @notice Bad spec and unavailable input must be reported within START_ALLOWANCE of the claim.
    error HandBackTooLate(bytes32 id, uint256 job, uint256 until);

    error ReceiptMismatch(bytes32 id, uint256 job);
    error ChallengeWindowOpen(bytes32 id, uint256 job, uint256 until);

    error OrderAlreadyClosed(bytes32 id);
    error OrderStillOpen(bytes32 id, uint256 openUntil);

    // ---- verifiers ----

    error VerifierNotNamed(bytes32 id);
    /// @notice The order names a verifier: results come by `submitProved`.
    error ProofNeeded(bytes32 id, address verifier);
    error ProofRefused(bytes32 id, uint256 job, address verifier);
    error EvidenceMismatch(bytes32 evidenceHash, bytes32 given);

    // ---- replication ----

    /// @notice The order has replicas: results are committed.
    error CommitNeeded(bytes32 id, uint256 job);
    /// @notice The order has no replicas: results are submitted.
    error NotReplicated(bytes32 id);
    /// @notice Another replica of the lot runs at a node of the same owner.
    error SiblingRunning(bytes32 id, uint256 job, uint256 sibling);
    error SealMismatch(bytes32 id, uint256 job);
    /// @notice Result and salt are not what was sealed, or the result is one no sealed job may give.
    error OpeningMismatch(bytes32 id, uint256 job);
    error RevealTooEarly(bytes32 id, uint256 lot, uint256 until);
    /// @notice Replicas may still be sealed or opened until then.
    error TallyTooEarly(bytes32 id, uint256 lot, uint256 until);
    /// @notice A seal that was opened on chain must be tallied opened.
    error TallyOmits(bytes32 id, uint256 job);
    /// @notice No sealed replica of the lot awaits a decision.
    error TallyEmpty(bytes32 id, uint256 lot);
    error TallyMatches(uint256 given, uint256 needed);

    // ---- disputes ----

    error ArbiterMissing();
    error ArbiterOnly(address caller, address arbiter);
    error ResultMismatch(bytes32 digest, bytes32 given);
    error LeafOutsideJob(uint256 index, uint256 lot);
    error TaskNotInOrder(bytes32 taskRoot, uint256 index);
    error LeafNotInResult(bytes32 resultRoot, uint256 index);
    /// @notice What the result says of the task, or that it says nothing, is in dispute already.
    error LeafDisputed(bytes32 dispute);
    error ChallengeTooLate(bytes32 id, uint256 job, uint256 until);
    error ChallengesFull(bytes32 id, uint256 job, uint256 most);
    /// @notice Disputes are open; if the arbiter stays silent anyone may settle from `until`.
    error JobChallenged(bytes32 id, uint256 job, uint256 challenges, uint256 until);
    error DisputeUnknown(bytes32 dispute);
    /// @notice The dispute is about another job or result.
    error DisputeElsewhere(bytes32 dispute);
    error DisputeAppealed(bytes32 dispute);
    /// @notice The job is still to be judged.
    error DisputeLive(bytes32 dispute);

    // ---- governance ----

    error ParamOutOfBounds(bytes32 param, uint256 actual, uint256 most);
    error PauseTooLong(uint256 time, uint256 latest);
    error PauseCoolingDown(uint256 until);

    // ---- deployment ----

    error UnbondingTooShort(uint256 unbonding, uint256 needed);
}
