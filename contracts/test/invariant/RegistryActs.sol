// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {NodeStatus} from "../../types/Node.sol";
import {MoneyActs} from "./MoneyActs.sol";

/// @notice Nodes, their stake and what takes it.
abstract contract RegistryActs is MoneyActs {
    function register(uint256 seed) external {
        vm.warp(time);
        address owner_ = pick(owners, seed);
        uint16 class = draw(seed, "class") % 2 == 0 ? CLASS : SLOW_CLASS;
        uint256 stake = minStake[class] + within(draw(seed, "stake"), 0, 20e6);
        bool able = nodes.length < MOST_NODES && free[owner_] >= stake;
        note("register", able);
        if (able) newNode(owner_, class, stake, uint16(within(draw(seed, "maxOpen"), 0, 4)));
    }

    function addStake(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, nodes.length, needsStake);
        if (!found) (found, which) = find(seed, nodes.length, notJailed);
        if (!found) return note("addStake", false);
        NodeGhost storage n = nodes[which];
        uint256 amount = within(draw(seed, "amount"), 0, free[n.owner] < 20e6 ? free[n.owner] : 20e6);
        vm.prank(n.owner);
        market.addStake(n.node, uint80(amount));
        free[n.owner] -= amount;
        n.stake += amount;
        if (n.status == NodeStatus.SUSPENDED && n.stake >= minStake[n.class]) {
            n.status = NodeStatus.ACTIVE;
            done["activated"] += 1;
        }
        note("addStake", true);
    }

    function setMaxOpen(uint256 seed) external {
        vm.warp(time);
        NodeGhost storage n = nodes[seed % nodes.length];
        uint256 maxOpen = within(draw(seed, "maxOpen"), 0, 8);
        vm.prank(n.owner);
        market.setMaxOpen(n.node, uint16(maxOpen));
        n.maxOpen = maxOpen;
        if (maxOpen > n.roof) n.roof = maxOpen;
        note("setMaxOpen", true);
    }

    function requestUnstake(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, nodes.length, canUnstake);
        note("requestUnstake", found);
        if (!found) return;
        NodeGhost storage n = nodes[which];
        uint256 amount = within(draw(seed, "amount"), 1, unstakeable(which));
        vm.prank(n.owner);
        market.requestUnstake(n.node, uint80(amount));
        n.stake -= amount;
        n.unbonding += amount;
        n.unbondAt = time + 18 days;
    }

    /// @dev Waits for the end of an unbonding every other time: that outlasts every job.
    function withdrawStake(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, nodes.length, canWithdrawStake);
        if (!found && draw(seed, "wait") % 2 == 0) {
            (found, which) = find(seed, nodes.length, unbondsAtRest);
            if (found) skip(nodes[which].unbondAt - time);
        }
        note("withdrawStake", found);
        if (found) takeStake(which);
    }

    /// @dev Rarely, and never the last three, or nobody would be left to work.
    function retire(uint256 seed) external {
        vm.warp(time);
        (bool found, uint256 which) = find(seed, nodes.length, needsStake); // a suspended one first: it left its class before
        if (!found) (found, which) = find(seed, nodes.length, canRetire);
        uint256 working;
        for (uint256 i = 0; i < nodes.length; ++i) if (nodes[i].status == NodeStatus.ACTIVE) ++working;
        found = found && working > 3;
        note("retire", found);
        if (found) retireNow(which);
    }

    function retireNow(uint256 which) internal {
        vm.prank(nodes[which].owner);
        market.retire(nodes[which].node);
        nodes[which].status = NodeStatus.RETIRED;
    }

    function takeStake(uint256 which) internal {
        NodeGhost storage n = nodes[which];
        vm.prank(n.owner);
        market.withdrawStake(n.node);
        free[n.owner] += n.unbonding;
        n.unbonding = 0;
        n.unbondAt = 0;
    }

    // ---- who can ----

    function lockedOf(address node_) internal view returns (uint256 locked, uint256 open) {
        bool jailed = ghostOf(node_).status == NodeStatus.JAILED;
        for (uint256 j = 0; j < jobs.length; ++j) {
            if (jobs[j].node != node_ || !unsettled(jobs[j].state)) continue;
            ++open;
            if (!jailed) locked += orders[jobs[j].order].order.bond;
        }
    }

    function unstakeable(uint256 which) internal view returns (uint256) {
        NodeGhost storage n = nodes[which];
        (uint256 needed, ) = lockedOf(n.node);
        if (n.status != NodeStatus.RETIRED && minStake[n.class] > needed) needed = minStake[n.class];
        return n.stake > needed ? n.stake - needed : 0;
    }

    function canUnstake(uint256 which) internal view returns (bool) {
        return unstakeable(which) > 0;
    }

    function canWithdrawStake(uint256 which) internal view returns (bool) {
        return unbondsAtRest(which) && time >= nodes[which].unbondAt;
    }

    function unbondsAtRest(uint256 which) private view returns (bool) {
        return nodes[which].unbonding > 0 && !hasWork(which);
    }

    function canRetire(uint256 which) internal view returns (bool) {
        return nodes[which].status == NodeStatus.ACTIVE || nodes[which].status == NodeStatus.SUSPENDED;
    }

    function needsStake(uint256 which) internal view returns (bool) {
        return nodes[which].status == NodeStatus.SUSPENDED;
    }

    function notJailed(uint256 which) internal view returns (bool) {
        return nodes[which].status != NodeStatus.JAILED;
    }

    function hasWork(uint256 which) internal view returns (bool) {
        if (nodes[which].status == NodeStatus.JAILED) return false;
        (, uint256 open) = lockedOf(nodes[which].node);
        return open > 0;
    }
}
