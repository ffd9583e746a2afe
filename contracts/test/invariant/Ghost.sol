// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Seal} from "../../types/Replica.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order, Terms} from "../../types/Terms.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

/// @notice What the market ought to hold, kept by the exit table of the mechanism and never read from the market.
abstract contract Ghost is MarketTest {
    using TermsPacker for Order;

    struct OrderGhost {
        Order order;
        bytes32 id;
        uint256 postedAt;
        uint256 unclaimed;
        bool closed;
    }

    // solhint-disable-next-line gas-struct-packing
    struct JobGhost {
        uint256 order;
        uint256 claimedAt;
        uint256 deadline; // RUNNING: submit by; SUBMITTED: anyone may settle from then on
        uint256 billed;
        uint256 toOwner;
        uint256 fee;
        uint256 refund;
        Receipt receipt;
        Result result; // last sealed or submitted
        bytes32 salt; // of its seal
        Seal seal;
        address node; // runs it, or failed it last
        uint32 index;
        JobState state;
        bool stopped;
    }

    // solhint-disable-next-line gas-struct-packing
    struct DisputeGhost {
        bytes32 id;
        uint256 job;
        Receipt receipt;
        uint256 index;
        address challenger;
        uint256 bond;
        address appellant;
        uint256 appealBond;
        bool open;
    }

    struct NodeGhost {
        address node;
        uint256 key;
        address owner;
        uint16 class;
        uint256 stake; // without what is unbonding
        uint256 unbonding;
        uint256 unbondAt;
        NodeStatus status;
        uint256 roof; // most unsettled jobs it may have, seen what maxOpen was when it claimed
        uint256 maxOpen;
    }

    /// @dev Asset units.
    struct Ledger {
        uint256 treasury;
        uint256 pool;
        uint256 donated; // sent to the market by no call of it
        uint256 verdictIn; // stake and bonds that verdicts took
        uint256 verdictOut; // and what they paid, pool included
        uint256 verdictsToPool;
        uint256 feesEver; // by the fee each order signed
        uint256 endedEscrow; // of all jobs that ended
        uint256 released; // measured: by how much all accounts together grew when jobs ended
        uint256 slashedEver;
        uint256 bountiesEver;
        uint256 slashesToPool;
        uint256 slashToConsumers; // measured: what consumers gained beyond their refunds when jobs expired
    }

    OrderGhost[] internal orders;
    JobGhost[] internal jobs;
    NodeGhost[] internal nodes;
    DisputeGhost[] internal disputes;
    mapping(address node => uint256 indexPlusOne) internal nodeIndex;
    address[] internal accounts;
    mapping(address account => uint256) internal free;
    mapping(address account => uint256) internal fees;
    mapping(uint16 class => uint256) internal minStake;
    Ledger internal sums;
    uint256 internal swallowed; // illegal calls that went through
    string internal swallowedCall;
    mapping(bytes32 call => uint256) internal tried;
    mapping(bytes32 call => uint256) internal done;

    modifier measured() {
        uint256 before = wealth();
        _;
        sums.released += wealth() - before;
    }

    function wealth() private view returns (uint256 sum) {
        for (uint256 a = 0; a < accounts.length; ++a) {
            (uint256 free_, uint256 fees_) = market.accountOf(accounts[a]);
            sum += free_ + fees_;
        }
    }

    // ---- orders ----

    function bookPost(Order memory order, bytes32 id) internal {
        uint256 count = jobsOf(order);
        orders.push(OrderGhost(order, id, time, count, false));
        uint256 o = orders.length - 1;
        free[order.consumer] -= escrowOf(order) * count;
        for (uint32 i = 0; i < count; ++i) {
            // Of a vast order only the first and the very last job are followed.
            if (order.lots > 8 && i == 2) i = order.lots - 1;
            JobGhost storage job = jobs.push();
            (job.order, job.index, job.state) = (o, i, JobState.OPEN);
        }
    }

    function bookClaim(uint256 j, address node_) internal {
        JobGhost storage job = jobs[j];
        Order memory order = orders[job.order].order;
        job.state = JobState.RUNNING;
        job.node = node_;
        job.claimedAt = time;
        job.deadline = nextDeadline(order, time);
        job.stopped = false;
        orders[job.order].unclaimed -= 1;
        NodeGhost storage n = ghostOf(node_);
        n.roof = n.maxOpen;
    }

    function nextDeadline(Order memory order, uint256 claimedAt) internal view returns (uint256) {
        uint256 end = claimedAt + order.maxRun;
        if (order.beatEvery == 0) return end;
        uint256 beat = time + (order.beatEvery > 300 ? order.beatEvery : 300);
        return beat < end ? beat : end;
    }

    function bookSubmit(uint256 j, uint8 status, uint256 billed, bytes32 digest) internal {
        JobGhost storage job = jobs[j];
        OrderGhost storage o = orders[job.order];
        if (status >= Status.BAD_SPEC) return bookReopen(j);
        uint256 pay = payOf(o.order, job.claimedAt - o.postedAt, status, billed);
        job.state = status == Status.OK ? JobState.SUBMITTED_OK : JobState.SUBMITTED_FAIL;
        job.billed = billed;
        job.deadline = time + o.order.challengeFor;
        job.receipt = Receipt(job.index, job.node, uint96(pay), uint32(time), digest);
    }

    function bookReopen(uint256 j) internal {
        JobGhost storage job = jobs[j];
        OrderGhost storage o = orders[job.order];
        if (!o.closed && time <= o.postedAt + o.order.openFor) {
            job.state = JobState.OPEN;
            o.unclaimed += 1;
            done["reopen"] += 1;
        } else {
            bookVoid(j);
        }
    }

    function bookVoid(uint256 j) internal {
        JobGhost storage job = jobs[j];
        Order storage order = orders[job.order].order;
        job.state = JobState.VOID;
        job.refund = escrowOf(order);
        free[order.consumer] += job.refund;
        sums.endedEscrow += job.refund;
    }

    function bookPay(uint256 j) internal {
        JobGhost storage job = jobs[j];
        Order storage order = orders[job.order].order;
        uint256 pay = job.receipt.pay;
        job.state = JobState.PAID;
        job.fee = (pay * order.feeBps) / 10_000;
        job.toOwner = pay - job.fee;
        job.refund = escrowOf(order) - pay;
        address owner_ = ghostOf(job.node).owner;
        free[owner_] += job.toOwner;
        fees[owner_] += job.fee;
        free[order.consumer] += job.refund;
        sums.feesEver += job.fee;
        sums.endedEscrow += escrowOf(order);
    }

    function bookExpire(uint256 j, address caller) internal {
        bookSilence(j, caller);
        bookReopen(j);
    }

    function bookSilence(uint256 j, address caller) internal {
        JobGhost storage job = jobs[j];
        Order storage order = orders[job.order].order;
        NodeGhost storage n = ghostOf(job.node);
        uint256 slash = n.status == NodeStatus.JAILED ? 0 : (uint256(order.bond) * LIVENESS_BPS) / 10_000;
        uint256 bounty = caller == order.consumer ? 0 : slash / 5; // a consumer works as a keeper for nothing
        n.stake -= slash;
        if (slash > 0) done["slash"] += 1;
        if (n.status == NodeStatus.ACTIVE && n.stake < minStake[n.class]) {
            n.status = NodeStatus.SUSPENDED;
            done["suspend"] += 1;
        }
        free[caller] += bounty;
        sums.pool += slash - bounty;
        sums.slashedEver += slash;
        sums.bountiesEver += bounty;
        sums.slashesToPool += slash - bounty;
    }

    function bookClose(uint256 o) internal {
        orders[o].closed = true;
        Order storage order = orders[o].order;
        free[order.consumer] += escrowOf(order) * orders[o].unclaimed;
        sums.endedEscrow += escrowOf(order) * orders[o].unclaimed;
        orders[o].unclaimed = 0;
        for (uint256 j = 0; j < jobs.length; ++j) {
            if (jobs[j].order != o || jobs[j].state != JobState.OPEN) continue;
            jobs[j].state = JobState.VOID;
            jobs[j].refund = escrowOf(order);
        }
    }

    // ---- the formulas once more ----

    function jobsOf(Order memory order) internal pure returns (uint256) {
        return uint256(order.lots) * order.replicas;
    }

    function escrowOf(Order memory order) internal pure returns (uint256) {
        return order.metered ? uint256(order.maxPrice) * order.maxRun : order.maxPrice;
    }

    function payOf(Order memory order, uint256 delay, uint8 status, uint256 billed) internal pure returns (uint256) {
        uint256 unit = order.maxPrice;
        if (delay < order.rampFor) {
            unit = order.startPrice + ((uint256(order.maxPrice) - order.startPrice) * delay) / order.rampFor;
        }
        if (status > Status.STOPPED) return 0;
        if (status == Status.OK) return order.metered ? unit * billed : unit;
        if (order.metered) return (unit * billed * order.failBps) / 10_000;
        return (unit * billed * order.failBps) / (uint256(order.maxRun) * 10_000);
    }

    // ---- reading ----

    function ghostOf(address node_) internal view returns (NodeGhost storage) {
        return nodes[nodeIndex[node_] - 1];
    }

    function termsOf(uint256 j) internal view returns (Terms memory) {
        return orders[jobs[j].order].order.pack();
    }

    function unsettled(JobState state) internal pure returns (bool) {
        return state > JobState.OPEN && state < JobState.PAID;
    }

    function submitted(JobState state) internal pure returns (bool) {
        return state == JobState.SUBMITTED_OK || state == JobState.SUBMITTED_FAIL;
    }

    function ended(JobState state) internal pure returns (bool) {
        return state == JobState.PAID || state == JobState.VOID;
    }

    function note(bytes32 call, bool success) internal {
        tried[call] += 1;
        if (success) done[call] += 1;
    }
}
