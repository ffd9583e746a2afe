// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketCore} from "../../interfaces/IMarketCore.sol";
import {IMarketExtension} from "../../interfaces/IMarketExtension.sol";
import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Params} from "../../types/Settings.sol";
import {Order, Terms} from "../../types/Terms.sol";
import {TermsPacker} from "../base/TermsPacker.sol";
import {ChainActs} from "./ChainActs.sol";

/// @notice Calls that must be refused whatever came before. One that goes through is kept for an invariant to report.
abstract contract Intruder is ChainActs {
    using TermsPacker for Order;

    function repost(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 o) = find(seed, orders.length, postable);
        if (!found) return note("repost", false);
        tryPost(orders[o].order, orders[o].order.consumer, "repost");
    }

    /// @dev The consumer burns an order it signed but never posted.
    function postRevoked(uint256 seed) external {
        vm.warp(time);
        if (orders.length >= MOST_ORDERS) return note("revoke", false);
        Order memory order = anyOrder(seed);
        tryPost(order, outsider, "post another's");
        intrude(outsider, abi.encodeCall(IMarketExtension.close, (order.pack())), "revoke another's");
        vm.prank(order.consumer);
        market.close(order.pack());
        orders.push(OrderGhost(order, market.orderIdOf(order.pack()), 0, 0, true));
        tryPost(order, order.consumer, "postRevoked");
    }

    /// @dev Makes sure that money is no reason to refuse.
    function tryPost(Order memory order, address caller, string memory what) private {
        uint256 escrow = escrowOf(order) * jobsOf(order);
        if (free[order.consumer] < escrow) {
            fund(order.consumer, escrow);
            free[order.consumer] += escrow;
        }
        intrude(caller, abi.encodeCall(IMarketCore.post, (order.pack(), "")), what);
    }

    /// @dev Nothing but its being known keeps it out.
    function postable(uint256 o) private view returns (bool) {
        Order storage order = orders[o].order;
        return
            time <= order.postBy &&
            time >= pausedUntil &&
            order.feeBps == feeBps &&
            escrowOf(order) >= minJobEscrow &&
            uint256(order.bond) * 10_000 >= escrowOf(order) * minBondBps;
    }

    /// @dev By every node that the job's class, its own state and its last failure would let.
    function claimTwice(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, notOpen);
        if (!found) return note("claimTwice", false);
        for (uint256 i = 0; i < nodes.length; ++i) {
            if (nodes[i].status != NodeStatus.ACTIVE || nodes[i].class != orders[jobs[j].order].order.class) continue;
            intrude(nodes[i].node, abi.encodeCall(IMarketCore.claim, (termsOf(j), jobs[j].index)), "claimTwice");
        }
    }

    /// @dev A job the node might claim, were it not full.
    function claimBeyondMaxOpen(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, wanted);
        if (!found) return note("claimBeyondMaxOpen", false);
        (, uint256 which) = nodeFor(seed, j);
        NodeGhost storage n = nodes[which];
        (, uint256 open) = lockedOf(n.node);
        vm.prank(n.owner);
        market.setMaxOpen(n.node, uint16(open));
        intrude(n.node, abi.encodeCall(IMarketCore.claim, (termsOf(j), jobs[j].index)), "claimBeyondMaxOpen");
        vm.prank(n.owner);
        market.setMaxOpen(n.node, uint16(n.maxOpen));
    }

    function claimAgainAfterFailing(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, reopened);
        if (!found) return note("claimAgain", false);
        intrude(jobs[j].node, abi.encodeCall(IMarketCore.claim, (termsOf(j), jobs[j].index)), "claimAgain");
    }

    function lie(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, inTime);
        if (!found) return note("lie", false);
        uint32 from = uint32(jobs[j].claimedAt);
        uint32 now_ = uint32(time);
        Result[8] memory lies = [
            resultAt(Status.OK, from, now_, now_ - from + 1), // more seconds than there were
            resultAt(Status.TIMEOUT, from, now_, type(uint32).max),
            resultAt(Status.OK, from - 1, now_, 0), // of an earlier claim
            resultAt(Status.OK, from, now_ + 1, 0), // of the future
            resultAt(Status.OK, now_, from - 1, 0), // backwards
            resultAt(7, from, now_, 0), // of no known status
            resultAt(jobs[j].stopped ? 255 : Status.STOPPED, from, now_, 0), // nobody asked to stop
            resultAt(Status.OK, from, now_, 0)
        ];
        Result memory result = lies[seed % 8];
        if (seed % 8 == 7) result.outcome |= 1 << 200; // unused bits
        intrude(jobs[j].node, abi.encodeCall(IMarketCore.submit, (termsOf(j), jobs[j].index, result)), "lie");
    }

    function submitUnasked(uint256 seed) external {
        vm.warp(time);
        if (jobs.length == 0) return note("submitUnasked", false);
        uint256 j = seed % jobs.length;
        address caller = anyNode(draw(seed, "caller"));
        if (inTime(j) && caller == jobs[j].node) return note("submitUnasked", false);
        Result memory result = resultAt(Status.OK, uint32(jobs[j].claimedAt), uint32(time), 0);
        intrude(caller, abi.encodeCall(IMarketCore.submit, (termsOf(j), jobs[j].index, result)), "submitUnasked");
    }

    function settleEarly(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, waiting);
        if (!found || settleable(j)) return note("settleEarly", false);
        address caller = draw(seed, "caller") % 2 == 0 ? outsider : jobs[j].node;
        intrude(caller, abi.encodeCall(IMarketCore.settle, (termsOf(j), one(jobs[j].receipt))), "settleEarly");
    }

    /// @dev Twice in one call, in two calls of one transaction, or with a receipt made better.
    function settleWrong(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, waiting);
        if (!found) return note("settleWrong", false);
        Receipt memory receipt = jobs[j].receipt;
        Receipt[] memory list = one(receipt);
        bytes memory call = abi.encodeCall(IMarketCore.settle, (termsOf(j), list));
        if (seed % 4 == 0) {
            bytes[] memory calls = new bytes[](2);
            calls[0] = calls[1] = call;
            call = abi.encodeWithSignature("multicall(bytes[])", calls);
        } else {
            if (seed % 4 == 1) list = two(receipt);
            if (seed % 4 == 2) receipt.pay += 1;
            if (seed % 4 == 3) receipt.node = anyNode(draw(seed, "thief"));
            if (receipt.node == jobs[j].node && seed % 4 == 3) return note("settleWrong", false);
            call = abi.encodeCall(IMarketCore.settle, (termsOf(j), list));
        }
        intrude(orders[jobs[j].order].order.consumer, call, "settleWrong");
    }

    function settleEnded(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, over);
        if (!found) return note("settleEnded", false);
        address caller = orders[jobs[j].order].order.consumer;
        intrude(caller, abi.encodeCall(IMarketCore.settle, (termsOf(j), one(jobs[j].receipt))), "settleEnded");
    }

    /// @dev Before the deadline, or what does not run.
    function expireWrong(uint256 seed) external {
        vm.warp(time);
        if (jobs.length == 0) return note("expireWrong", false);
        uint256 j = seed % jobs.length;
        if (expirable(j)) return note("expireWrong", false);
        intrude(keeper, abi.encodeCall(IMarketExtension.expire, (termsOf(j), one(jobs[j].index))), "expireWrong");
    }

    function voidInnocent(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 j) = find(seed, jobs.length, waiting);
        if (!found || voidable(j)) return note("voidInnocent", false);
        address caller = orders[jobs[j].order].order.consumer;
        intrude(caller, abi.encodeCall(IMarketExtension.voidJob, (termsOf(j), jobs[j].receipt)), "voidInnocent");
    }

    /// @dev The same order with one term made better for the caller is another order, which nobody posted.
    function bendTerms(uint256 seed) external {
        vm.warp(time);
        if (jobs.length == 0) return note("bendTerms", false);
        uint256 j = seed % jobs.length;
        Terms memory terms = termsOf(j);
        uint256 bit = draw(seed, "bit") % 256;
        uint256 word = draw(seed, "word") % 6;
        if (word == 0) terms.consumerSalt ^= 1 << (bit % 96);
        if (word == 1) terms.nodeShape ^= 1 << (24 + (bit % 224));
        if (word == 2) terms.arbiterTimes ^= 1 << bit;
        if (word == 3) terms.verifierTimes ^= 1 << bit;
        if (word == 4) terms.price ^= 1 << (bit % 224);
        if (word == 5) terms.bondFee ^= 1 << (bit % 112);
        address caller = orders[jobs[j].order].order.consumer;
        uint32 index = jobs[j].index;
        Result memory result = resultAt(Status.OK, uint32(jobs[j].claimedAt), uint32(time), 0);
        intrude(caller, abi.encodeCall(IMarketCore.settle, (terms, one(jobs[j].receipt))), "bend settle");
        intrude(caller, abi.encodeCall(IMarketExtension.stop, (terms, index)), "bend stop");
        intrude(keeper, abi.encodeCall(IMarketExtension.expire, (terms, one(index))), "bend expire");
        intrude(jobs[j].node, abi.encodeCall(IMarketCore.submit, (terms, index, result)), "bend submit");
        intrude(anyNode(seed), abi.encodeCall(IMarketCore.claim, (terms, index)), "bend claim");
    }

    function trespass(uint256 seed) external {
        vm.warp(time);
        NodeGhost storage n = nodes[seed % nodes.length];
        bytes memory signature = consent(outsider, n.key, n.class, time);
        intrude(outsider, abi.encodeCall(IMarketExtension.retire, (n.node)), "retire another's");
        intrude(outsider, abi.encodeCall(IMarketExtension.setMaxOpen, (n.node, 1)), "setMaxOpen another's");
        intrude(outsider, abi.encodeCall(IMarketExtension.addStake, (n.node, 0)), "addStake to another's");
        intrude(outsider, abi.encodeCall(IMarketExtension.requestUnstake, (n.node, 0)), "unstake another's");
        intrude(outsider, abi.encodeCall(IMarketExtension.withdrawStake, (n.node)), "take another's stake");
        intrude(
            outsider,
            abi.encodeCall(IMarketExtension.register, (n.node, n.class, 1, 100e6, "", "", time, signature)),
            "register twice"
        );
        address account = pick(accounts, seed);
        intrude(account, abi.encodeCall(IMarketCore.withdraw, (account, free[account] + 1)), "overdraw");
        intrude(account, abi.encodeCall(IMarketExtension.setParams, (Params(0, 0, 0))), "govern");
        intrude(account, abi.encodeCall(IMarketExtension.pauseNew, (uint32(time))), "pause");
        intrude(account, abi.encodeCall(IMarketExtension.payTreasury, (account, 0)), "spend the treasury");
        intrude(
            address(this),
            abi.encodeCall(IMarketExtension.setParams, (Params(501, 0, 0))),
            "govern beyond the bounds"
        );
        if (n.unbonding == 0 || canWithdrawStake(seed % nodes.length)) return;
        intrude(n.owner, abi.encodeCall(IMarketExtension.withdrawStake, (n.node)), "take stake early");
    }

    /// @dev One unit more than what neither bonds nor the class's minimum need; of a retired node with work, if any.
    function unstakeTooMuch(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, nodes.length, retiredAtWork);
        if (!found) which = seed % nodes.length;
        uint80 amount = uint80(unstakeable(which) + 1);
        intrude(
            nodes[which].owner,
            abi.encodeCall(IMarketExtension.requestUnstake, (nodes[which].node, amount)),
            "unstakeTooMuch"
        );
    }

    function retiredAtWork(uint256 which) private view returns (bool) {
        return nodes[which].status == NodeStatus.RETIRED && hasWork(which);
    }

    function meddle(uint256 seed) external {
        vm.warp(time);
        if (jobs.length == 0) return note("meddle", false);
        uint256 j = seed % jobs.length;
        OrderGhost storage o = orders[jobs[j].order];
        intrude(outsider, abi.encodeCall(IMarketExtension.stop, (termsOf(j), jobs[j].index)), "stop another's");
        intrude(outsider, abi.encodeCall(IMarketCore.beat, (termsOf(j), one(jobs[j].index))), "beat another's");
        if (time > o.postedAt + o.order.openFor) return;
        intrude(outsider, abi.encodeCall(IMarketExtension.close, (termsOf(j))), "close another's");
    }

    // ---- inside ----

    function intrude(address caller, bytes memory data, string memory what) internal {
        vm.prank(caller);
        (bool through, ) = address(market).call(data);
        note("refused", !through);
        if (!through) return;
        swallowed += 1;
        swallowedCall = what;
    }

    function anyNode(uint256 seed) internal view returns (address) {
        return nodes[seed % nodes.length].node;
    }

    function two(Receipt memory receipt) private pure returns (Receipt[] memory list) {
        list = new Receipt[](2);
        list[0] = list[1] = receipt;
    }

    function notOpen(uint256 j) private view returns (bool) {
        return jobs[j].state != JobState.OPEN;
    }

    function over(uint256 j) private view returns (bool) {
        return ended(jobs[j].state) && jobs[j].receipt.node != address(0);
    }

    function reopened(uint256 j) private view returns (bool) {
        return jobs[j].state == JobState.OPEN && jobs[j].node != address(0);
    }
}
