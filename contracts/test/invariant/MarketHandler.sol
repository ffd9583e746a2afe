// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Drain} from "./Drain.sol";

/// @notice All acts and the ghost, readable for the invariants.
contract MarketHandler is Drain {
    /// @notice What the fuzzer calls. What moves jobs on stands several times, so that runs get somewhere.
    function acts() external pure returns (bytes4[] memory list) {
        list = new bytes4[](148);
        uint256 n = refused(list, often(list));
        bytes4[24] memory once = [
            this.multicallJobs.selector,
            this.beat.selector,
            this.stop.selector,
            this.close.selector,
            this.voidJob.selector,
            this.deposit.selector,
            this.depositWithPermit.selector,
            this.withdraw.selector,
            this.multicallMoney.selector,
            this.sweep.selector,
            this.donate.selector,
            this.register.selector,
            this.addStake.selector,
            this.setMaxOpen.selector,
            this.requestUnstake.selector,
            this.withdrawStake.selector,
            this.retire.selector,
            this.reveal.selector,
            this.appeal.selector,
            this.reclaim.selector,
            this.setParams.selector,
            this.setMinStake.selector,
            this.pauseNew.selector,
            this.payTreasury.selector
        ];
        for (uint256 i = 0; i < once.length; ++i) list[n++] = once[i];
    }

    /// @dev What nobody may do.
    function refused(bytes4[] memory list, uint256 n) private pure returns (uint256) {
        bytes4[22] memory once = [
            this.postRevoked.selector,
            this.judgeUnasked.selector,
            this.judgeWrong.selector,
            this.settleChallenged.selector,
            this.challengeWrong.selector,
            this.sealWrong.selector,
            this.claimSibling.selector,
            this.repost.selector,
            this.claimTwice.selector,
            this.claimBeyondMaxOpen.selector,
            this.unstakeTooMuch.selector,
            this.claimAgainAfterFailing.selector,
            this.lie.selector,
            this.submitUnasked.selector,
            this.settleEarly.selector,
            this.settleWrong.selector,
            this.settleEnded.selector,
            this.expireWrong.selector,
            this.voidInnocent.selector,
            this.bendTerms.selector,
            this.trespass.selector,
            this.meddle.selector
        ];
        for (uint256 i = 0; i < once.length; ++i) list[n++] = once[i];
        return n;
    }

    function often(bytes4[] memory list) private pure returns (uint256 n) {
        n = repeat(list, 0, 10, this.post.selector);
        n = repeat(list, n, 14, this.claim.selector);
        n = repeat(list, n, 6, this.submit.selector);
        n = repeat(list, n, 7, this.settle.selector);
        n = repeat(list, n, 4, this.expire.selector);
        n = repeat(list, n, 4, this.advance.selector);
        n = repeat(list, n, 4, this.passTime.selector);
        n = repeat(list, n, 3, this.passToEdge.selector);
        n = repeat(list, n, 2, this.close.selector);
        n = repeat(list, n, 2, this.beat.selector);
        n = repeat(list, n, 3, this.voidJob.selector);
        n = repeat(list, n, 8, this.commit.selector);
        n = repeat(list, n, 4, this.sealLot.selector);
        n = repeat(list, n, 10, this.quarrel.selector);
        n = repeat(list, n, 2, this.outlast.selector);
        n = repeat(list, n, 2, this.reveal.selector);
        n = repeat(list, n, 5, this.tally.selector);
        n = repeat(list, n, 5, this.challenge.selector);
        n = repeat(list, n, 4, this.resolve.selector);
        n = repeat(list, n, 1, this.tallyWrong.selector);
        n = repeat(list, n, 1, this.requestUnstake.selector);
        n = repeat(list, n, 1, this.unstakeTooMuch.selector);
    }

    function repeat(bytes4[] memory list, uint256 from, uint256 times, bytes4 act) private pure returns (uint256) {
        for (uint256 i = 0; i < times; ++i) list[from + i] = act;
        return from + times;
    }

    // ---- the ghost ----

    function theMarket() external view returns (address market_, address asset_) {
        return (address(market), address(asset));
    }

    function counts() external view returns (uint256 orders_, uint256 jobs_, uint256 nodes_, uint256 accounts_) {
        return (orders.length, jobs.length, nodes.length, accounts.length);
    }

    function orderAt(uint256 o) external view returns (OrderGhost memory) {
        return orders[o];
    }

    function jobAt(uint256 j) external view returns (JobGhost memory) {
        return jobs[j];
    }

    function nodeAt(uint256 n) external view returns (NodeGhost memory ghost, uint256 locked, uint256 open) {
        ghost = nodes[n];
        (locked, open) = lockedOf(ghost.node);
    }

    function accountAt(uint256 a) external view returns (address account, uint256 free_, uint256 fees_) {
        account = accounts[a];
        return (account, free[account], fees[account]);
    }

    function ledger() external view returns (Ledger memory) {
        return sums;
    }

    /// @notice Calls that had to be refused and were not, and the last of them.
    function intrusions() external view returns (uint256, string memory) {
        return (swallowed, swallowedCall);
    }

    function openBonds() external view returns (uint256 sum) {
        for (uint256 d = 0; d < disputes.length; ++d)
            if (disputes[d].open) sum += disputes[d].bond + disputes[d].appealBond;
    }

    function openDisputesOf(uint256 j) external view returns (uint256) {
        return openDisputes(j);
    }

    function timesOf(bytes32 call) external view returns (uint256 tried_, uint256 done_) {
        return (tried[call], done[call]);
    }

    function now_() external view returns (uint256) {
        return time;
    }
}
