// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarket} from "../../interfaces/IMarket.sol";
import {DevnetUSD} from "../../token/DevnetUSD.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Class, NodeStatus} from "../../types/Node.sol";
import {Order} from "../../types/Terms.sol";
import {JobView, NodeView, OrderView} from "../../types/Views.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";
import {Ghost} from "./Ghost.sol";
import {MarketHandler} from "./MarketHandler.sol";

/// @notice The invariants by the numbers of the mechanism. What is asserted is what the message says.
abstract contract Checks is MarketTest {
    using TermsPacker for Order;

    MarketHandler internal handler;

    function setUp() public virtual override {
        handler = MarketHandler(create("MarketHandler", ""));
        handler.setUp();
        (address market_, address asset_) = handler.theMarket();
        (market, asset) = (IMarket(market_), DevnetUSD(asset_));
    }

    function check1() internal view {
        Ghost.Ledger memory ghost = handler.ledger();
        (uint256 orders, , uint256 nodes, uint256 accounts) = handler.counts();
        (uint256 owed, uint256 pool) = market.totals();
        owed += pool + ghost.donated + handler.openBonds();
        for (uint256 a = 0; a < accounts; ++a) {
            (address account, , ) = handler.accountAt(a);
            (uint256 free, uint256 fees) = market.accountOf(account);
            owed += free + fees;
        }
        for (uint256 n = 0; n < nodes; ++n) owed += nodeView(n).stake;
        for (uint256 o = 0; o < orders; ++o) owed += market.orderOf(handler.orderAt(o).order.pack()).escrow;
        vm.assertEq(
            asset.balanceOf(address(market)),
            owed,
            "1: asset.balanceOf(market) = sum free + sum fees + sum order.escrow + sum node.stake + treasury + pool + open bonds + donated"
        );
    }

    function check2() internal view {
        (uint256 orders, uint256 jobs, , ) = handler.counts();
        uint256[] memory live = new uint256[](orders);
        for (uint256 j = 0; j < jobs; ++j) {
            Ghost.JobGhost memory job = handler.jobAt(j);
            JobState state = viewOf(job).state;
            if (state > JobState.OPEN && state < JobState.PAID) ++live[job.order];
        }
        for (uint256 o = 0; o < orders; ++o) {
            Ghost.OrderGhost memory ghost = handler.orderAt(o);
            OrderView memory v = market.orderOf(ghost.order.pack());
            uint256 jobEscrow = uint256(ghost.order.maxPrice) * (ghost.order.metered ? ghost.order.maxRun : 1);
            vm.assertEq(
                v.escrow,
                jobEscrow * (v.unclaimed + live[o]),
                "2: order.escrow = jobEscrow x (unclaimed + live jobs)"
            );
            vm.assertEq(v.unclaimed, ghost.unclaimed, "2: order.unclaimed = lots - claimed + reopened, 0 when closed");
        }
    }

    function check3() internal view {
        (, , uint256 nodes, ) = handler.counts();
        for (uint256 n = 0; n < nodes; ++n) {
            (, uint256 locked, ) = handler.nodeAt(n);
            NodeView memory v = nodeView(n);
            vm.assertEq(v.locked, locked, "3: node.locked = sum of the bonds of its live jobs, 0 if jailed");
            vm.assertTrue(v.locked <= v.stake - v.unbonding, "3: node.locked <= node.stake - node.unbonding");
        }
    }

    function check4() internal view {
        (, , uint256 nodes, ) = handler.counts();
        for (uint256 n = 0; n < nodes; ++n) {
            (Ghost.NodeGhost memory ghost, , uint256 open) = handler.nodeAt(n);
            NodeView memory v = nodeView(n);
            vm.assertEq(v.open, open, "4: node.open = count of its unsettled jobs");
            vm.assertTrue(v.open <= ghost.roof, "4: node.open <= maxOpen, as it was when the node last claimed");
        }
    }

    function check5() internal view {
        (, uint256 jobs, , ) = handler.counts();
        for (uint256 j = 0; j < jobs; ++j) {
            Ghost.JobGhost memory job = handler.jobAt(j);
            Ghost.OrderGhost memory order = handler.orderAt(job.order);
            JobState state = viewOf(job).state;
            bool forgotten =
                job.state >= JobState.PAID &&
                    state == JobState.NONE &&
                    uint256(order.order.lots) * order.order.replicas == 1 &&
                    handler.now_() > order.order.postBy;
            vm.assertTrue(
                state == job.state || forgotten,
                "5: job.state follows the transitions; PAID and VOID stay, or go when postBy keeps the id from returning"
            );
        }
        assertRefused("5: no known id is posted, no ended job is touched");
    }

    function check6() internal view {
        Ghost.Ledger memory ghost = handler.ledger();
        vm.assertEq(
            ghost.released,
            ghost.endedEscrow + ghost.bountiesEver,
            "6: what ended jobs released = their escrows + bounties"
        );
        uint256 paid;
        (, uint256 jobs, , ) = handler.counts();
        for (uint256 j = 0; j < jobs; ++j) {
            Ghost.JobGhost memory job = handler.jobAt(j);
            if (job.state != JobState.PAID && job.state != JobState.VOID) continue;
            Order memory order = handler.orderAt(job.order).order;
            uint256 jobEscrow = uint256(order.maxPrice) * (order.metered ? order.maxRun : 1);
            vm.assertEq(job.toOwner + job.fee + job.refund, jobEscrow, "6: pay + refund = jobEscrow");
            paid += job.toOwner + job.fee;
        }
        (, , , uint256 accounts) = handler.counts();
        uint256 owed;
        for (uint256 a = 0; a < accounts; ++a) {
            (address account, , ) = handler.accountAt(a);
            (, uint256 fees) = market.accountOf(account);
            owed += fees;
        }
        vm.assertTrue(owed * 10_000 <= paid * 500, "6: sum fees <= sum pay x 5 %");
    }

    function check7() internal view {
        (, uint256 jobs, , ) = handler.counts();
        for (uint256 j = 0; j < jobs; ++j) {
            Ghost.JobGhost memory job = handler.jobAt(j);
            JobView memory v = viewOf(job);
            if (v.state != JobState.RUNNING) continue;
            vm.assertTrue(v.node == job.node, "7: a running job is its one claimer's");
            vm.assertEq(v.claimedAt, job.claimedAt, "7: claimedAt is that claim's");
        }
        assertRefused("7: no second claim of a claimed job");
        assertDistinctOwners();
    }

    function check8() internal view {
        (, uint256 jobs, , ) = handler.counts();
        for (uint256 j = 0; j < jobs; ++j) {
            Ghost.JobGhost memory job = handler.jobAt(j);
            if (job.receipt.node == address(0)) continue;
            Order memory order = handler.orderAt(job.order).order;
            uint256 since = job.receipt.submittedAt - job.claimedAt;
            uint256 most = since < order.maxRun ? since : order.maxRun;
            vm.assertTrue(job.billed <= most, "8: billed <= min(maxRun, submittedAt - claimedAt)");
        }
        assertRefused("8: no lie about times and seconds goes through");
    }

    function check9() internal view {
        vm.assertEq(handler.ledger().slashToConsumers, 0, "9: what a consumer gains when its job expires = its refund");
    }

    function check10() internal view {
        (, , , uint256 accounts) = handler.counts();
        Ghost.Ledger memory ghost = handler.ledger();
        uint256 signed;
        (, uint256 jobs, , ) = handler.counts();
        for (uint256 j = 0; j < jobs; ++j) {
            Ghost.JobGhost memory job = handler.jobAt(j);
            if (job.state == JobState.PAID) {
                signed += (uint256(job.receipt.pay) * handler.orderAt(job.order).order.feeBps) / 10_000;
            }
        }
        vm.assertEq(ghost.feesEver, signed, "10: sum fees = sum floor(pay x the feeBps its order signed)");
        for (uint256 a = 0; a < accounts; ++a) {
            (address account, , uint256 expected) = handler.accountAt(a);
            (, uint256 fees) = market.accountOf(account);
            vm.assertEq(fees, expected, "10: account.fees = fees by the signed feeBps - swept");
        }
    }

    function check12() internal view {
        Ghost.Ledger memory ghost = handler.ledger();
        (uint256 treasury, uint256 pool) = market.totals();
        (, , uint256 nodes, ) = handler.counts();
        vm.assertEq(
            ghost.bountiesEver + ghost.slashesToPool,
            ghost.slashedEver,
            "12: slash = bounty + share of the pool"
        );
        vm.assertEq(ghost.verdictIn, ghost.verdictOut, "12: stake and bonds that verdicts took = what they paid");
        vm.assertEq(pool, ghost.pool, "12: pool = slashes - bounties + half of the swept fees");
        vm.assertEq(treasury, ghost.treasury, "12: treasury = half of the swept fees - paid out");
        for (uint256 n = 0; n < nodes; ++n) {
            (Ghost.NodeGhost memory node_, , ) = handler.nodeAt(n);
            NodeView memory v = nodeView(n);
            vm.assertEq(v.stake, node_.stake + node_.unbonding, "12: node.stake = added - withdrawn - slashed");
            vm.assertEq(v.unbonding, node_.unbonding, "12: node.unbonding = requested - withdrawn");
            vm.assertEq(uint256(v.status), uint256(node_.status), "12: node.status follows its stake");
        }
    }

    function check13() internal view {
        (, uint256 jobs, , ) = handler.counts();
        for (uint256 j = 0; j < jobs; ++j) {
            JobView memory v = viewOf(handler.jobAt(j));
            uint256 open = handler.openDisputesOf(j);
            if (v.state == JobState.SUBMITTED_OK || v.state == JobState.SUBMITTED_FAIL) {
                vm.assertEq(v.challenges, open, "13: job.challenges = count of its open disputes");
            }
        }
        assertRefused("13: no settle while job.challenges > 0 before the disputes' deadline");
    }

    /// @dev After `endAllJobs`, which only makes calls that anyone may make.
    function assertAllEnded() internal view {
        (, uint256 jobs, , ) = handler.counts();
        for (uint256 j = 0; j < jobs; ++j) {
            JobState state = handler.jobAt(j).state;
            vm.assertTrue(state == JobState.PAID || state == JobState.VOID, "14: every job ends by a call of anyone");
        }
    }

    function check14() internal view {
        (, uint256 jobs, , ) = handler.counts();
        for (uint256 j = 0; j < jobs; ++j) {
            Ghost.JobGhost memory job = handler.jobAt(j);
            Order memory order = handler.orderAt(job.order).order;
            JobView memory v = viewOf(job);
            if (v.state == JobState.RUNNING) {
                vm.assertTrue(v.deadline <= v.claimedAt + order.maxRun, "14: expirable after claimedAt + maxRun");
            }
            if (v.state >= JobState.RUNNING && v.state < JobState.PAID) {
                if (v.state >= JobState.SUBMITTED_OK) {
                    uint256 last = uint256(job.receipt.submittedAt) + order.challengeFor + 8 days + CHALLENGE_FLOOR;
                    vm.assertTrue(
                        v.deadline <= last,
                        "14: deadline <= submittedAt + challengeFor + 2 x MAX_DISPUTE + floor"
                    );
                }
                vm.assertEq(v.deadline, job.deadline, "14: deadline = as the last claim, beat, stop or submit set it");
            }
        }
    }

    function check15() internal view {
        for (uint16 class = CLASS; class <= CLASS + 1; ++class) {
            (uint256 length, ) = market.rosterOf(class, 0);
            address[] memory seen = new address[](length);
            uint256 active;
            uint256 owners;
            for (uint256 i = 0; i < length; ++i) {
                (, address member) = market.rosterOf(class, i);
                NodeView memory v = market.nodeOf(member);
                vm.assertTrue(
                    v.class == class && v.rosterIndex == i,
                    "15: a roster lists its own nodes, each at its index"
                );
                if (v.status != NodeStatus.ACTIVE) continue;
                ++active;
                bool known;
                for (uint256 k = 0; k < owners; ++k) known = known || seen[k] == v.owner;
                if (!known) seen[owners++] = v.owner;
            }
            Class memory entry = market.classOf(class);
            vm.assertEq(entry.active, active, "15: class.active = active members of its roster");
            vm.assertEq(entry.owners, owners, "15: class.owners = distinct owners of active members");
        }
    }

    function check17() internal view {
        (, , , uint256 accounts) = handler.counts();
        for (uint256 a = 0; a < accounts; ++a) {
            (address account, uint256 expected, ) = handler.accountAt(a);
            (uint256 free, ) = market.accountOf(account);
            vm.assertEq(free, expected, "17: free = deposits + refunds + pay + bounties - what its own calls took");
        }
        assertRefused("17: nobody spends, stakes or governs for another");
    }

    function checkAll() internal view {
        check1();
        check2();
        check3();
        check4();
        check5();
        check6();
        check7();
        check8();
        check9();
        check10();
        check12();
        check13();
        check14();
        check15();
        check17();
    }

    function assertDistinctOwners() private view {
        (, uint256 jobs, , ) = handler.counts();
        for (uint256 j = 0; j < jobs; ++j) {
            Ghost.JobGhost memory a = handler.jobAt(j);
            if (a.state != JobState.RUNNING) continue;
            uint256 replicas = handler.orderAt(a.order).order.replicas;
            for (uint256 k = 0; k < j && replicas > 1; ++k) {
                Ghost.JobGhost memory b = handler.jobAt(k);
                if (b.state != JobState.RUNNING || b.order != a.order || b.index / replicas != a.index / replicas)
                    continue;
                vm.assertTrue(
                    market.nodeOf(a.node).owner != market.nodeOf(b.node).owner,
                    "7: running replicas of a lot have distinct owners"
                );
            }
        }
    }

    function assertRefused(string memory formula) private view {
        (uint256 times, string memory call) = handler.intrusions();
        vm.assertEq(times, 0, string.concat(formula, ": ", call));
    }

    function nodeView(uint256 n) private view returns (NodeView memory) {
        (Ghost.NodeGhost memory ghost, , ) = handler.nodeAt(n);
        return market.nodeOf(ghost.node);
    }

    function viewOf(Ghost.JobGhost memory job) private view returns (JobView memory) {
        return market.jobOf(handler.orderAt(job.order).order.pack(), job.index);
    }
}
