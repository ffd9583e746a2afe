// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {LibraryHarness} from "../harness/LibraryHarness.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order, Terms} from "../../types/Terms.sol";
import {TermsPacker} from "../base/TermsPacker.sol";
import {Vm} from "../base/Vm.sol";

/// @notice Fuzz of the pure parts, against plain formulas and abi.encode.
contract LibrariesTest {
    using TermsPacker for Order;

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bool public IS_TEST = true;

    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(address consumer,uint96 salt,address node,uint32 lots,uint32 tasksPerLot,uint8 replicas,uint8 quorum,bool metered,address arbiter,uint32 challengeFor,uint32 maxRun,uint32 postBy,address verifier,uint32 openFor,uint32 rampFor,uint32 beatEvery,bytes32 taskRoot,uint96 startPrice,uint96 maxPrice,uint16 failBps,uint16 class,uint96 bond,uint16 feeBps,bytes32 manifest)"
    );
    bytes32 private constant RESULT_TYPEHASH = keccak256(
        "Result(bytes32 orderId,uint32 job,address node,bytes32 resultRoot,bytes32 outputsDigest,bytes32 statementHash,bytes32 evidenceHash,bytes32 shadowCommit,uint8 status,int32 exitCode,uint32 startedAt,uint32 finishedAt,uint32 billed)"
    );

    LibraryHarness private harness;

    function setUp() external {
        bytes memory code = vm.getCode("LibraryHarness");
        address made;
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        harness = LibraryHarness(made);
    }

    function testFuzz_TermsHashLikeAbiEncode(Order calldata order) external view {
        Order memory copy = order;
        Terms memory terms = copy.pack();
        vm.assertEq(harness.structHash(terms), keccak256(abi.encode(ORDER_TYPEHASH, order)));
        vm.assertEq(abi.encode(harness.order(terms)), abi.encode(order));
        vm.assertTrue(harness.canonical(terms));
    }

    function testFuzz_UnusedBitsAreNotCanonical(Order calldata order, uint8 bit) external view {
        Order memory copy = order;
        Terms memory terms = copy.pack();
        bytes32 clean = harness.structHash(terms);
        uint256 place = bit % 4;
        if (place == 0) terms.nodeShape |= 1 << (248 + (bit % 8));
        if (place == 1) terms.nodeShape |= 2 << (bit % 7);
        if (place == 2) terms.price |= 1 << (224 + (bit % 32));
        if (place == 3) terms.bondFee |= 1 << (112 + (bit % 144));
        vm.assertFalse(harness.canonical(terms));
        if (place != 1) vm.assertEq(harness.structHash(terms), clean);
    }

    struct FullResult {
        bytes32 orderId;
        uint32 job;
        address node;
        bytes32 resultRoot;
        bytes32 outputsDigest;
        bytes32 statementHash;
        bytes32 evidenceHash;
        bytes32 shadowCommit;
        uint8 status;
        int32 exitCode;
        uint32 startedAt;
        uint32 finishedAt;
        uint32 billed;
    }

    function testFuzz_ResultHashesLikeAbiEncode(FullResult calldata full) external view {
        Result memory result = Result({
            resultRoot: full.resultRoot,
            outputsDigest: full.outputsDigest,
            statementHash: full.statementHash,
            evidenceHash: full.evidenceHash,
            shadowCommit: full.shadowCommit,
            outcome: uint256(
                bytes32(
                    abi.encodePacked(
                        uint120(0),
                        full.status,
                        full.exitCode,
                        full.startedAt,
                        full.finishedAt,
                        full.billed
                    )
                )
            )
        });
        vm.assertEq(
            harness.resultStructHash(result, full.orderId, full.job, full.node),
            keccak256(abi.encode(RESULT_TYPEHASH, full))
        );
    }

    function testFuzz_ReceiptKeepsTheHighBits(Receipt calldata receipt) external view {
        vm.assertEq(
            bytes32(harness.receiptHash(receipt)),
            keccak256(abi.encode(receipt)) & ~bytes32(uint256(type(uint48).max))
        );
    }

    function testFuzz_UnitPriceClimbsWithinItsBounds(
        uint96 start,
        uint96 max,
        uint32 rampFor,
        uint32 delay
    ) external view {
        vm.assume(start <= max && delay < type(uint32).max);
        Terms memory terms = priced(start, max, rampFor, 3_600, 5_000, false);
        uint256 unit = harness.unitPriceDown(terms, delay);
        vm.assertGe(unit, start);
        vm.assertLe(unit, max);
        vm.assertLe(unit, harness.unitPriceDown(terms, uint256(delay) + 1));
        vm.assertEq(harness.unitPriceDown(terms, rampFor), max);
        if (rampFor > 0) vm.assertEq(harness.unitPriceDown(terms, 0), start);
        if (delay < rampFor) {
            // rounded down: the next unit would be above the line
            uint256 over = (unit - start + 1) * rampFor;
            vm.assertLt((uint256(max) - start) * delay, over);
        }
    }

    /// @dev Invariant 6: pay + refund = escrow, so pay may never exceed it.
    function testFuzz_PayStaysWithinTheEscrow(
        uint96 start,
        uint96 max,
        uint32 rampFor,
        uint32 maxRun,
        uint16 failBps,
        bool metered,
        uint32 delay,
        uint8 status,
        uint32 billed
    ) external view {
        vm.assume(start <= max && maxRun > 0);
        failBps = failBps % 10_001;
        Terms memory terms = priced(start, max, rampFor, maxRun, failBps, metered);
        uint256 pay = harness.payDown(terms, delay, status, billed);
        vm.assertLe(pay, harness.jobEscrow(terms));
        if (status >= Status.BAD_SPEC) vm.assertEq(pay, 0);
        else vm.assertLe(pay, harness.payDown(terms, delay, Status.OK, billed)); // failing never pays more
        vm.assertLe(pay, harness.payDown(terms, delay, status, billed == type(uint32).max ? billed : billed + 1));
    }

    function testFuzz_SortitionWidensUntilAllMay(
        bytes32 id,
        uint32 job,
        address node,
        uint32 nodes,
        uint8 steps
    ) external view {
        uint256 n = uint256(nodes) + 1;
        uint256 first = harness.firstStep(id, job, node, n);
        vm.assertEq(harness.eligible(id, job, node, n, steps) ? 1 : 0, steps >= first ? 1 : 0);
        vm.assertTrue(harness.eligible(id, job, node, n, 31)); // 4 x 2^31 covers any class
        if (n <= 4) vm.assertEq(first, 0);
        vm.assertTrue(harness.eligible(id, job, node, n, type(uint256).max)); // the shift is clamped
        uint256 low = uint64(uint256(keccak256(abi.encode(id, job, node))));
        vm.assertEq(harness.ticket(id, job, node), low);
    }

    /// @dev 64 bytes of an inner node must not pass for a leaf, nor one kind of leaf for the other.
    function testFuzz_LeavesAreHashedTwice(uint256 index, bytes32 digest, bytes32 output, uint8 status) external view {
        bytes32 task = harness.taskLeaf(index, digest);
        vm.assertEq(task, keccak256(bytes.concat(keccak256(abi.encode(index, digest)))));
        vm.assertTrue(task != keccak256(abi.encode(index, digest)));
        bytes32 result = harness.resultLeaf(index, task, output, status);
        vm.assertEq(result, keccak256(bytes.concat(keccak256(abi.encode(index, task, output, status)))));
        vm.assertTrue(result != task);
    }

    function priced(
        uint96 start,
        uint96 max,
        uint32 rampFor,
        uint32 maxRun,
        uint16 failBps,
        bool metered
    ) private pure returns (Terms memory) {
        Order memory order;
        order.startPrice = start;
        order.maxPrice = max;
        order.rampFor = rampFor;
        order.maxRun = maxRun;
        order.failBps = failBps;
        order.metered = metered;
        return order.pack();
    }
}
