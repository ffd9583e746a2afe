// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice One job in one word. The low 8 bits hold the state in every form: CLOSED 1 | STOPPED 1 | unused 2 | state 4.
/// - OPEN:        node 160 (who failed it last) | unused 24    | postedAt 32 | unused 32      | state 8
/// - RUNNING:     node 160                      | claimDelay 24 | postedAt 32 | deadline 32    | state 8
/// - SUBMITTED_*: receipt hash 208                    | challenges 8          | settleable 32 | state 8
/// - PAID, VOID:  state 8
/// An order of several jobs leaves a job's slot empty until its first claim; its head says what an empty slot means.
type JobSlot is uint256;

enum JobState {
    NONE,
    OPEN,
    RUNNING,
    COMMITTED,
    REVEALED,
    SUBMITTED_OK,
    SUBMITTED_FAIL,
    PAID,
    VOID
}

using JobSlots for JobSlot global;

library JobSlots {
    JobSlot internal constant EMPTY = JobSlot.wrap(0);
    uint256 private constant CLOSED = 0x80;
    uint256 private constant STOPPED = 0x40;

    function open(address failedNode, uint256 postedTime) internal pure returns (JobSlot) {
        return JobSlot.wrap((uint256(uint160(failedNode)) << 96) | (postedTime << 40) | uint8(JobState.OPEN));
    }

    function running(
        address runner,
        uint256 delay,
        uint256 postedTime,
        uint256 deadlineTime
    ) internal pure returns (JobSlot) {
        return
            JobSlot.wrap(
                (uint256(uint160(runner)) << 96) |
                    (delay << 72) |
                    (postedTime << 40) |
                    (deadlineTime << 8) |
                    uint8(JobState.RUNNING)
            );
    }

    /// @param tallyableFrom after this second the lot may be tallied without it
    function sealed_(bytes26 hash, uint256 tallyableFrom) internal pure returns (JobSlot) {
        return JobSlot.wrap((uint256(uint208(hash)) << 48) | (tallyableFrom << 8) | uint8(JobState.COMMITTED));
    }

    function submitted(bytes26 hash, uint256 settleableFrom, bool ok) internal pure returns (JobSlot) {
        return
            JobSlot.wrap(
                (uint256(uint208(hash)) << 48) |
                    (settleableFrom << 8) |
                    uint8(ok ? JobState.SUBMITTED_OK : JobState.SUBMITTED_FAIL)
            );
    }

    function ended(JobState final_) internal pure returns (JobSlot) {
        return JobSlot.wrap(uint8(final_));
    }

    function withClosed(JobSlot slot) internal pure returns (JobSlot) {
        return JobSlot.wrap(JobSlot.unwrap(slot) | CLOSED);
    }

    function withStopped(JobSlot slot) internal pure returns (JobSlot) {
        return JobSlot.wrap(JobSlot.unwrap(slot) | STOPPED);
    }

    function withRevealed(JobSlot slot) internal pure returns (JobSlot) {
        return JobSlot.wrap((JobSlot.unwrap(slot) & ~uint256(0x0f)) | uint8(JobState.REVEALED));
    }

    function withChallenges(JobSlot slot, uint256 count) internal pure returns (JobSlot) {
        return JobSlot.wrap((JobSlot.unwrap(slot) & ~(uint256(0xff) << 40)) | (count << 40));
    }

    function withDeadline(JobSlot slot, uint256 deadlineTime) internal pure returns (JobSlot) {
        return JobSlot.wrap((JobSlot.unwrap(slot) & ~(uint256(type(uint32).max) << 8)) | (deadlineTime << 8));
    }

    // Every narrowing cast below cuts a field out of the word.

    function state(JobSlot slot) internal pure returns (JobState) {
        return JobState(JobSlot.unwrap(slot) & 0x0f);
    }

    function closed(JobSlot slot) internal pure returns (bool) {
        return JobSlot.unwrap(slot) & CLOSED != 0;
    }

    function stopped(JobSlot slot) internal pure returns (bool) {
        return JobSlot.unwrap(slot) & STOPPED != 0;
    }

    /// @notice OPEN: who failed the job last. RUNNING: who runs it.
    function node(JobSlot slot) internal pure returns (address) {
        return address(uint160(JobSlot.unwrap(slot) >> 96));
    }

    /// @notice RUNNING: seconds from post to claim; fixes the unit price.
    function claimDelay(JobSlot slot) internal pure returns (uint256) {
        return uint24(JobSlot.unwrap(slot) >> 72);
    }

    /// @notice OPEN, RUNNING.
    function postedAt(JobSlot slot) internal pure returns (uint256) {
        return uint32(JobSlot.unwrap(slot) >> 40);
    }

    /// @notice RUNNING.
    function claimedAt(JobSlot slot) internal pure returns (uint256) {
        return slot.postedAt() + slot.claimDelay();
    }

    /// @notice RUNNING: last second to submit. COMMITTED, REVEALED: last second before the lot may be tallied without it.
    /// SUBMITTED_*: first second in which anyone may settle.
    function deadline(JobSlot slot) internal pure returns (uint256) {
        return uint32(JobSlot.unwrap(slot) >> 8);
    }

    /// @notice SUBMITTED_*: open challenges.
    function challenges(JobSlot slot) internal pure returns (uint8) {
        return uint8(JobSlot.unwrap(slot) >> 40);
    }

    /// @notice SUBMITTED_*: of the receipt. COMMITTED, REVEALED: of the seal.
    function contentHash(JobSlot slot) internal pure returns (bytes26) {
        return bytes26(uint208(JobSlot.unwrap(slot) >> 48));
    }
}
