// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Escrow} from "./Escrow.sol";
import {Class, Node, NodeStatus} from "./types/Node.sol";

/// @notice A node's place among the active ones of its class, and what takes its stake.
abstract contract Stakes is Escrow {
    using SafeCast for uint256;

    /// @dev Tenure starts anew: stake added after an order is known must not win it.
    function _activate(Node storage entry) internal {
        entry.status = NodeStatus.ACTIVE;
        entry.activatedAt = (block.timestamp + ACTIVATION).toUint32();
        Class storage class = _classes[entry.class];
        class.active += 1;
        if (_activeOf[entry.class][entry.owner]++ == 0) class.owners += 1;
    }

    function _leaveClass(Node storage entry) internal {
        Class storage class = _classes[entry.class];
        class.active -= 1;
        if (--_activeOf[entry.class][entry.owner] == 0) class.owners -= 1;
        // One that never began to serve does not overwrite the service a jury may be drawn from.
        if (block.timestamp > entry.activatedAt) {
            (entry.servedFrom, entry.servedUntil) = (entry.activatedAt, uint32(block.timestamp));
        }
    }

    /// @dev For silence. At most the bond, which lies in the stake that is not unbonding.
    function _slash(address node, Node storage entry, uint256 amount) internal {
        entry.stake -= uint80(amount); // at most the stake
        _suspendBelowMinimum(node, entry);
    }

    /// @dev As much of `amount` as there is beside the bonds of other jobs, what is unbonding last.
    function _slashFree(
        address node,
        Node storage entry,
        uint256 amount,
        bytes32 dispute
    ) internal returns (uint256 taken) {
        uint256 fromStake = Math.min(amount, entry.stake - entry.locked);
        uint256 fromUnbonding = Math.min(amount - fromStake, entry.unbonding);
        taken = fromStake + fromUnbonding;
        (entry.stake, entry.unbonding) = (entry.stake - uint80(fromStake), entry.unbonding - uint80(fromUnbonding));
        emit NodeSlashed(node, dispute, taken, entry.unbonding);
        _suspendBelowMinimum(node, entry);
    }

    /// @dev For fraud: everything, and nothing is locked any more.
    function _jail(address node, Node storage entry) internal returns (uint256 taken) {
        taken = uint256(entry.stake) + entry.unbonding;
        (entry.stake, entry.locked, entry.unbonding) = (0, 0, 0);
        if (entry.status == NodeStatus.ACTIVE) _leaveClass(entry);
        entry.status = NodeStatus.JAILED;
        emit NodeJailed(node, taken);
    }

    function _suspendBelowMinimum(address node, Node storage entry) private {
        if (entry.status == NodeStatus.ACTIVE && entry.stake < _classes[entry.class].minStake) {
            _leaveClass(entry);
            entry.status = NodeStatus.SUSPENDED;
            emit NodeSuspended(node);
        }
    }
}
