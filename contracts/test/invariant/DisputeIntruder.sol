// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketCore} from "../../interfaces/IMarketCore.sol";
import {IMarketDisputes} from "../../interfaces/IMarketDisputes.sol";
import {Ruling, Verdict} from "../../types/Dispute.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Opening} from "../../types/Replica.sol";
import {Intruder} from "./Intruder.sol";

/// @notice Calls around replicas and disputes that must be refused whatever came before.
abstract contract DisputeIntruder is Intruder {
    function judgeUnasked(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, disputes.length, judgeable);
        if (!found) return note("judgeUnasked", false);
        DisputeGhost storage d = disputes[which];
        Ruling memory ruling;
        ruling.verdict = Verdict(draw(seed, "verdict") % 4);
        address caller = draw(seed, "who") % 2 == 0 ? d.challenger : jobs[d.job].node;
        bytes memory call = abi.encodeCall(IMarketDisputes.resolve, (termsOf(d.job), d.receipt, d.id, ruling));
        intrude(caller, call, "judgeUnasked");
    }

    /// @dev Twice the same dispute, or one of another job.
    function judgeWrong(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, disputes.length, judgeable);
        if (!found || jobs.length < 2) return note("judgeWrong", false);
        (bool over, uint256 closed) = find(seed, disputes.length, decided);
        DisputeGhost storage d = disputes[which];
        Ruling memory ruling;
        ruling.verdict = Verdict.INVALID;
        if (over && submitted(jobs[disputes[closed].job].state)) {
            intrude(
                address(this),
                abi.encodeCall(
                    IMarketDisputes.resolve,
                    (termsOf(disputes[closed].job), disputes[closed].receipt, disputes[closed].id, ruling)
                ),
                "judge twice"
            );
        }
        (bool other, uint256 j) = find(draw(seed, "other"), jobs.length, waiting);
        if (!other || j == d.job) return;
        intrude(
            address(this),
            abi.encodeCall(IMarketDisputes.resolve, (termsOf(j), jobs[j].receipt, d.id, ruling)),
            "judge a foreign job"
        );
    }

    function settleChallenged(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, disputes.length, judgeable);
        if (!found) return note("settleChallenged", false);
        uint256 j = disputes[which].job;
        if (time >= jobs[j].deadline) return note("settleChallenged", false);
        address caller = draw(seed, "who") % 2 == 0 ? orders[jobs[j].order].order.consumer : jobs[j].node;
        intrude(caller, abi.encodeCall(IMarketCore.settle, (termsOf(j), one(jobs[j].receipt))), "settleChallenged");
        intrude(
            outsider,
            abi.encodeCall(IMarketDisputes.reclaim, (termsOf(j), disputes[which].receipt, disputes[which].id)),
            "reclaim from a live dispute"
        );
    }

    /// @dev A leaf in dispute, a window that is over, or a job that is not submitted.
    function challengeWrong(uint256 seed) external {
        vm.warp(time);
        if (jobs.length == 0) return note("challengeWrong", false);
        uint256 j = seed % jobs.length;
        if (jobs[j].receipt.node == address(0)) return note("challengeWrong", false);
        uint256 leaf = draw(seed, "leaf") % 2;
        if (challengeable(j) && freeLeaf(j) <= leaf) return note("challengeWrong", false);
        address caller = pick(accounts, draw(seed, "caller"));
        if (free[caller] < 2e6) return note("challengeWrong", false);
        intrude(
            caller,
            abi.encodeCall(IMarketDisputes.challenge, (termsOf(j), jobs[j].receipt, jobs[j].result, proofOf(leaf))),
            "challengeWrong"
        );
    }

    /// @dev Before its time, with a seal left out, or with another salt.
    function tallyWrong(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, sealedAt);
        if (!found) return note("tallyWrong", false);
        uint256[] memory list = sealedOf(j);
        Opening[] memory openings = new Opening[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            JobGhost storage job = jobs[list[i]];
            openings[i] = Opening(job.seal, true, job.result, job.salt);
        }
        uint32 lot = jobs[j].index / orders[jobs[j].order].order.replicas;
        bool early = time < tallyableFrom(j, false);
        if (!early && seed % 2 == 0) openings[0].salt ^= bytes32(uint256(1));
        if (!early && seed % 2 == 1) {
            assembly ("memory-safe") {
                mstore(openings, sub(mload(openings), 1))
            }
        }
        intrude(keeper, abi.encodeCall(IMarketCore.tally, (termsOf(j), lot, openings)), "tallyWrong");
    }

    function sealWrong(uint256 seed) external {
        vm.warp(time);
        if (jobs.length == 0) return note("sealWrong", false);
        uint256 j = seed % jobs.length;
        JobGhost storage job = jobs[j];
        if (!committable(j)) {
            intrude(job.node, abi.encodeCall(IMarketCore.commit, (termsOf(j), job.index, "seal")), "commit unasked");
        }
        if (job.state != JobState.COMMITTED) return;
        bytes memory call = abi.encodeCall(IMarketCore.reveal, (termsOf(j), job.seal, job.result, job.salt));
        if (!revealable(j)) intrude(job.node, call, "reveal early");
        intrude(outsider, call, "reveal another's");
        // A copier cannot open what it copied: the digest names its author.
        call = abi.encodeCall(IMarketCore.reveal, (termsOf(j), job.seal, job.result, ~job.salt));
        intrude(job.node, call, "reveal with another salt");
    }

    /// @dev By a node whose owner runs another replica of the lot.
    function claimSibling(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, claimable);
        if (!found) return note("claimSibling", false);
        for (uint256 i = 0; i < nodes.length; ++i) {
            if (!ownerRunsSibling(nodes[i].owner, j)) continue;
            intrude(nodes[i].node, abi.encodeCall(IMarketCore.claim, (termsOf(j), jobs[j].index)), "claimSibling");
        }
    }

    function decided(uint256 d) private view returns (bool) {
        if (disputes[d].open) return false;
        for (uint256 i = 0; i < disputes.length; ++i)
            if (disputes[i].open && disputes[i].id == disputes[d].id) return false;
        return true;
    }
}
