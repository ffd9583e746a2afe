// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Leaf} from "../../libraries/Leaf.sol";
import {Pricing} from "../../libraries/Pricing.sol";
import {Sortition} from "../../libraries/Sortition.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result} from "../../types/Result.sol";
import {Order, Terms} from "../../types/Terms.sol";

/// @notice Opens the internal libraries to tests, from Solidity and from TypeScript.
contract LibraryHarness {
    function structHash(Terms calldata terms) external pure returns (bytes32) {
        return terms.structHash();
    }

    function order(Terms calldata terms) external pure returns (Order memory o) {
        o.consumer = terms.consumer();
        o.salt = terms.salt();
        o.node = terms.node();
        o.lots = terms.lots();
        o.tasksPerLot = terms.tasksPerLot();
        o.replicas = terms.replicas();
        o.quorum = terms.quorum();
        o.metered = terms.metered();
        o.arbiter = terms.arbiter();
        o.challengeFor = terms.challengeFor();
        o.maxRun = terms.maxRun();
        o.postBy = terms.postBy();
        o.verifier = terms.verifier();
        o.openFor = terms.openFor();
        o.rampFor = terms.rampFor();
        o.beatEvery = terms.beatEvery();
        o.taskRoot = terms.taskRoot;
        o.startPrice = terms.startPrice();
        o.maxPrice = terms.maxPrice();
        o.failBps = terms.failBps();
        o.class = terms.class();
        o.bond = terms.bond();
        o.feeBps = terms.feeBps();
        o.manifest = terms.manifest;
    }

    function canonical(Terms calldata terms) external pure returns (bool) {
        return terms.canonical();
    }

    function jobEscrow(Terms calldata terms) external pure returns (uint256) {
        return terms.jobEscrow();
    }

    function unitPriceDown(Terms calldata terms, uint256 delay) external pure returns (uint256) {
        return Pricing.unitPriceDown(terms, delay);
    }

    function payDown(
        Terms calldata terms,
        uint256 delay,
        uint8 status,
        uint256 billed
    ) external pure returns (uint256) {
        return Pricing.payDown(terms, delay, status, billed);
    }

    function resultStructHash(
        Result calldata result,
        bytes32 orderId,
        uint32 job,
        address node
    ) external pure returns (bytes32) {
        return result.structHash(orderId, job, node);
    }

    function receiptHash(Receipt calldata receipt) external pure returns (bytes26) {
        return receipt.hash208();
    }

    function ticket(bytes32 id, uint32 job, address node) external pure returns (uint256) {
        return Sortition.ticket(id, job, node);
    }

    function eligible(bytes32 id, uint32 job, address node, uint256 nodes, uint256 steps) external pure returns (bool) {
        return Sortition.eligible(id, job, node, nodes, steps);
    }

    function firstStep(bytes32 id, uint32 job, address node, uint256 nodes) external pure returns (uint256) {
        return Sortition.firstStep(id, job, node, nodes);
    }

    function taskLeaf(uint256 index, bytes32 specDigest) external pure returns (bytes32) {
        return Leaf.task(index, specDigest);
    }

    function resultLeaf(
        uint256 index,
        bytes32 leaf,
        bytes32 outputDigest,
        uint8 status
    ) external pure returns (bytes32) {
        return Leaf.result(index, leaf, outputDigest, status);
    }

    function proves(bytes32[] calldata proof, bytes32 root, bytes32 leaf) external pure returns (bool) {
        return MerkleProof.verifyCalldata(proof, root, leaf);
    }
}
