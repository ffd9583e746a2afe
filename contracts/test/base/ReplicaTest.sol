// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Opening} from "../../types/Replica.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {MarketTest} from "./MarketTest.sol";
import {TermsPacker} from "./TermsPacker.sol";

/// @notice A market with five owners of a node each, and an order of one lot that three nodes run, two of whom decide.
abstract contract ReplicaTest is MarketTest {
    using TermsPacker for Order;

    uint256 internal constant SLICE = 200_000; // a fifth of the bond

    Order internal order;
    bytes32 internal id;
    address[5] internal nodes;
    address[5] internal owners;

    function setUp() public virtual override {
        super.setUp();
        (owners[0], owners[1]) = (owner, otherOwner);
        (nodes[0], nodes[1]) = (node, otherNode);
        for (uint256 i = 2; i < 5; ++i) {
            (owners[i], nodes[i]) = (address(uint160(0x1000 + i)), vm.addr(0x5000 + i));
            fund(owners[i], 200e6);
            register(owners[i], 0x5000 + i);
        }
        skip(ACTIVATION + 1);
        order = someOrder();
        (order.replicas, order.quorum) = (3, 2);
        id = post(order);
        skip(60); // everybody's turn
    }

    function claimAll() internal {
        for (uint32 i = 0; i < 3; ++i) claim(order, i, nodes[i]);
    }

    /// @dev Each node's result differs in what replicas may differ in.
    function resultFor(uint32 job, bytes32 root, uint8 status) internal view returns (Result memory result) {
        uint32 claimedAt = market.jobOf(order.pack(), job).claimedAt;
        result = resultAt(status, claimedAt, uint32(time), uint32(time) - claimedAt);
        result.resultRoot = root;
        result.statementHash = bytes32(uint256(job));
    }

    /// @dev Seals a result and keeps what opening it needs.
    function seal(uint32 job, bytes32 root, uint8 status) internal returns (Opening memory opening) {
        address node_ = market.jobOf(order.pack(), job).node;
        opening.opened = true;
        opening.result = resultFor(job, root, status);
        opening.salt = bytes32(uint256(job) + 77);
        opening.seal.job = job;
        opening.seal.node = node_;
        opening.seal.claimedAt = market.jobOf(order.pack(), job).claimedAt;
        opening.seal.committedAt = uint32(time);
        opening.seal.stopped = market.jobOf(order.pack(), job).stopped;
        bytes32 digest = market.digestOf(order.pack(), job, node_, opening.result);
        opening.seal.commitment = keccak256(abi.encode(digest, opening.salt));
        vm.prank(node_);
        market.commit(order.pack(), job, opening.seal.commitment);
    }

    function sealAll(bytes32 a, bytes32 b, bytes32 c) internal returns (Opening[] memory list) {
        list = new Opening[](3);
        list[0] = seal(0, a, Status.OK);
        list[1] = seal(1, b, Status.OK);
        list[2] = seal(2, c, Status.OK);
    }

    function unopened(Opening memory opening) internal pure returns (Opening memory closed) {
        closed.seal = opening.seal;
    }

    function reveal(Opening memory opening) internal {
        vm.prank(opening.seal.node);
        market.reveal(order.pack(), opening.seal, opening.result, opening.salt);
    }

    function tally(Opening[] memory openings) internal {
        vm.prank(keeper);
        market.tally(order.pack(), 0, openings);
    }

    function commitEnd() internal view returns (uint256) {
        return market.orderOf(order.pack()).postedAt + order.openFor + order.maxRun;
    }

    function freeOf(uint256 i) internal view returns (uint256 free) {
        (free, ) = market.accountOf(owners[i]);
    }

    function two(Opening memory a, Opening memory b) internal pure returns (Opening[] memory list) {
        list = new Opening[](2);
        (list[0], list[1]) = (a, b);
    }

    function only(Opening memory a) internal pure returns (Opening[] memory list) {
        list = new Opening[](1);
        list[0] = a;
    }

    function without(Opening[] memory list, uint256 i) internal pure returns (Opening[] memory) {
        list[i] = unopened(list[i]);
        return list;
    }
}
