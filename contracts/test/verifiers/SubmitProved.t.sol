// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order, Terms} from "../../types/Terms.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

/// @notice Does what no verifier may.
contract HostileVerifier {
    uint256 public calls;
    bool private immutable BURNS;

    constructor(bool burns) {
        BURNS = burns;
    }

    function verify(bytes32, Terms calldata, Result calldata, bytes calldata) external returns (bool) {
        while (BURNS) if (gasleft() < 1_000) break;
        calls += 1;
        return true;
    }
}

contract SubmitProvedTest is MarketTest {
    using TermsPacker for Order;

    uint256[3] private keys = [uint256(0x51), 0x52, 0x53];
    Order private order;
    bytes32 private id;
    Result private result;

    function setUp() public override {
        super.setUp();
        // Ascending addresses, as the verifier asks.
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 k = 0; k < 2; ++k) {
                if (vm.addr(keys[k]) > vm.addr(keys[k + 1])) (keys[k], keys[k + 1]) = (keys[k + 1], keys[k]);
            }
        }
        address[] memory signers = new address[](3);
        for (uint256 i = 0; i < 3; ++i) signers[i] = vm.addr(keys[i]);
        order = someOrder();
        order.verifier = create("SignerQuorumVerifier", abi.encode(signers, 2));
        order.challengeFor = 0;
        start();
    }

    function test_RevertGiven_TheOrderNamesNoVerifier() external {
        order.verifier = address(0);
        order.challengeFor = 600;
        start();
        bytes memory evidence = signatures(0, 1);
        refuse(abi.encodeWithSelector(IMarketErrors.VerifierNotNamed.selector, id));
        prove(evidence);
    }

    function test_GivenTheOrderNamesOneAndAResultComesUnproved() external {
        refuse(abi.encodeWithSelector(IMarketErrors.ProofNeeded.selector, id, order.verifier));
        submit(order, 0, node, result);
        submit(order, 0, node, resultOf(order, 0, Status.INPUT_UNAVAILABLE, 0));
        assertState(order, 0, JobState.OPEN);
    }

    function test_RevertWhen_TheEvidenceIsNotWhatTheResultNames() external {
        result.evidenceHash = "other";
        bytes memory evidence = signatures(0, 1);
        refuse(abi.encodeWithSelector(IMarketErrors.EvidenceMismatch.selector, bytes32("other"), keccak256(evidence)));
        vm.prank(node);
        market.submitProved(order.pack(), 0, result, evidence);
    }

    function test_RevertWhen_TheVerifierRefuses() external {
        bytes memory reason = abi.encodeWithSelector(IMarketErrors.ProofRefused.selector, id, 0, order.verifier);
        bytes[3] memory refused = [signatures(0, 0), signatures(1, 0), outsiders()];
        for (uint256 i = 0; i < 3; ++i) {
            refuse(reason);
            prove(refused[i]);
        }
        bytes memory evidence = signatures(0, 1);
        result.outputsDigest = "not what was signed";
        refuse(reason);
        prove(evidence);
    }

    function test_RevertWhen_TheVerifierChangesStateOrBurnsGas() external {
        for (uint256 i = 0; i < 2; ++i) {
            order.verifier = address(new HostileVerifier(i == 1));
            start();
            vm.expectRevert();
            prove("");
        }
    }

    function test_GivenNoWindow() external {
        Books memory before = books();
        prove(signatures(0, 2));
        assertState(order, 0, JobState.PAID);
        before.ownerFree += 1e6 - 20_000;
        before.ownerFees += 20_000;
        before.locked = before.open = 0;
        assertBooks(before);
    }

    function test_GivenAWindow() external {
        order.challengeFor = 600;
        start();
        prove(signatures(1, 2));
        assertState(order, 0, JobState.SUBMITTED_OK);
        bytes32 digest = market.digestOf(order.pack(), 0, node, result);
        settle(order, Receipt(0, node, 1e6, uint32(time), digest), consumer);
    }

    function start() private {
        order.salt += 1;
        id = post(order);
        claim(order, 0, node);
        skip(10);
        result = resultOf(order, 0, Status.OK, 10);
    }

    function prove(bytes memory evidence) private {
        result.evidenceHash = keccak256(evidence);
        vm.prank(node);
        market.submitProved(order.pack(), 0, result, evidence);
    }

    function signatures(uint256 a, uint256 b) private returns (bytes memory) {
        return evidenceOf(keys[a], keys[b]);
    }

    function outsiders() private returns (bytes memory) {
        (uint256 a, uint256 b) = (0x61, 0x62);
        return vm.addr(a) < vm.addr(b) ? evidenceOf(a, b) : evidenceOf(b, a);
    }

    /// @dev Evidence speaks of the result without its evidenceHash.
    function evidenceOf(uint256 a, uint256 b) private returns (bytes memory) {
        bytes32 named = result.evidenceHash;
        result.evidenceHash = 0;
        bytes32 digest = market.digestOf(order.pack(), 0, node, result);
        result.evidenceHash = named;
        bytes32 message = keccak256(abi.encode(order.verifier, digest));
        message = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", message));
        bytes[] memory list = new bytes[](2);
        list[0] = sign(a, message);
        list[1] = sign(b, message);
        return abi.encode(list);
    }

    function sign(uint256 key, bytes32 message) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, message);
        return abi.encodePacked(r, s, v);
    }
}
