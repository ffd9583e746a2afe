// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {DelegatedOnly} from "./DelegatedOnly.sol";
import {Stakes} from "./Stakes.sol";
import {IMarketExtension} from "./interfaces/IMarketExtension.sol";
import {Node, NodeStatus} from "./types/Node.sol";

/// @notice Nodes, their stake, and the classes they serve. Rare calls: part of the extension.
abstract contract Registry is IMarketExtension, Stakes, DelegatedOnly {
    using SafeCast for uint256;

    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        "NodeConsent(address owner,address node,uint16 class,uint256 deadline)"
    );

    /// @inheritdoc IMarketExtension
    function register(
        address node,
        uint16 class,
        uint16 maxOpen,
        uint80 stake,
        bytes32 metadata,
        string calldata uri,
        uint256 deadline,
        bytes calldata nodeSig
    ) external delegatedOnly {
        require(_nodes[node].status == NodeStatus.NONE, NodeKnown(node));
        uint256 minStake = _classes[class].minStake;
        require(minStake > 0, ClassUnknown(class));
        require(stake >= minStake, NodeStakeTooLow(node, stake, minStake));
        _requireConsent(node, class, deadline, nodeSig);
        _debit(msg.sender, stake);

        Node storage entry = _nodes[node];
        entry.owner = msg.sender;
        entry.class = class;
        entry.maxOpen = maxOpen;
        entry.stake = stake;
        entry.rosterIndex = _rosters[class].length.toUint32();
        _rosters[class].push(node);
        _activate(entry);
        emit NodeRegistered(
            node,
            msg.sender,
            class,
            maxOpen,
            stake,
            entry.activatedAt,
            entry.rosterIndex,
            metadata,
            uri
        );
    }

    /// @inheritdoc IMarketExtension
    function addStake(address node, uint80 amount) external delegatedOnly {
        Node storage entry = _ownNode(node);
        require(entry.status != NodeStatus.JAILED, NodeInStatus(node, NodeStatus.JAILED));
        _debit(msg.sender, amount);
        entry.stake += amount;
        emit StakeChanged(node, entry.stake + entry.unbonding, entry.locked);

        if (entry.status == NodeStatus.SUSPENDED && entry.stake >= _classes[entry.class].minStake) {
            _activate(entry);
            emit NodeActivated(node, entry.activatedAt);
        }
    }

    /// @inheritdoc IMarketExtension
    function setMaxOpen(address node, uint16 maxOpen) external delegatedOnly {
        _ownNode(node).maxOpen = maxOpen;
        emit MaxOpenSet(node, maxOpen);
    }

    /// @inheritdoc IMarketExtension
    function requestUnstake(address node, uint80 amount) external delegatedOnly {
        Node storage entry = _ownNode(node);
        uint256 needed = entry.locked;
        if (entry.status != NodeStatus.RETIRED) needed = Math.max(needed, _classes[entry.class].minStake);
        uint256 available = Math.saturatingSub(entry.stake, needed);
        require(available >= amount, NodeStakeTooLow(node, available, amount));

        entry.stake -= amount;
        entry.unbonding += amount;
        entry.unbondAt = (block.timestamp + UNBONDING).toUint32();
        emit UnstakeRequested(node, entry.unbonding, entry.unbondAt);
    }

    /// @inheritdoc IMarketExtension
    function withdrawStake(address node) external delegatedOnly {
        Node storage entry = _ownNode(node);
        require(block.timestamp >= entry.unbondAt && entry.open == 0, NodeStakeBound(node, entry.unbondAt, entry.open));
        uint80 amount = entry.unbonding;
        entry.unbonding = 0;
        entry.unbondAt = 0;
        _credit(msg.sender, amount);
        emit StakeWithdrawn(node, msg.sender, amount);
    }

    /// @inheritdoc IMarketExtension
    function retire(address node) external delegatedOnly {
        Node storage entry = _ownNode(node);
        NodeStatus status = entry.status;
        require(status == NodeStatus.ACTIVE || status == NodeStatus.SUSPENDED, NodeInStatus(node, status));
        if (status == NodeStatus.ACTIVE) _leaveClass(entry);
        entry.status = NodeStatus.RETIRED;
        emit NodeRetired(node);
    }

    function _ownNode(address node) private view returns (Node storage entry) {
        entry = _nodes[node];
        require(entry.status != NodeStatus.NONE, NodeUnknown(node));
        require(entry.owner == msg.sender, NodeNotOwned(node, entry.owner, msg.sender));
    }

    /// @dev ECDSA first: most keys are plain ones, and one that delegated its code (EIP-7702) stays usable.
    function _requireConsent(address node, uint16 class, uint256 deadline, bytes calldata signature) private view {
        require(block.timestamp <= deadline, NodeConsentExpired(deadline));
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(CONSENT_TYPEHASH, msg.sender, node, class, deadline)));
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && signer == node) return;
        bool accepted =
            node.code.length > 0 &&
                IERC1271(node).isValidSignature(digest, signature) == IERC1271.isValidSignature.selector;
        require(accepted, NodeConsentInvalid(node));
    }
}
