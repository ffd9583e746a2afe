// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice What a node reports of a job, as sent. The EIP-712 `Result` it stands for names orderId, job and node too
/// and has the small fields unpacked; its hash is the result digest.
struct Result {
    bytes32 resultRoot; // Merkle root of (index, taskLeaf, outputDigest, status)
    bytes32 outputsDigest; // sha2-256 of the outputs' UnixFS root (CIDv1 dag-pb)
    bytes32 statementHash; // sha2-256 of the statement bytes (CIDv1 raw)
    bytes32 evidenceHash; // keccak-256 of a verifier's evidence, 0 if none
    bytes32 shadowCommit; // salted commitment to unpublished material, 0 if none
    uint256 outcome; // status 8 | exitCode 32 | startedAt 32 | finishedAt 32 | billed 32, ending at bit 0
}

/// @notice Status codes of a result. Fine-grained reasons stand in the statement.
library Status {
    uint8 internal constant OK = 0;
    uint8 internal constant NONZERO_EXIT = 1;
    uint8 internal constant TIMEOUT = 2;
    uint8 internal constant OUT_OF_MEMORY = 3;
    uint8 internal constant STOPPED = 4;
    uint8 internal constant BAD_SPEC = 5;
    uint8 internal constant INPUT_UNAVAILABLE = 6;
}

using ResultLib for Result global;

/// @notice The only place that knows the packing of `Result.outcome`.
library ResultLib {
    bytes32 internal constant RESULT_TYPEHASH = keccak256(
        "Result(bytes32 orderId,uint32 job,address node,bytes32 resultRoot,bytes32 outputsDigest,bytes32 statementHash,bytes32 evidenceHash,bytes32 shadowCommit,uint8 status,int32 exitCode,uint32 startedAt,uint32 finishedAt,uint32 billed)"
    );

    // Every narrowing cast below cuts a field out of the word: the bits above belong to the fields listed before it.

    function status(Result calldata result) internal pure returns (uint8) {
        return uint8(result.outcome >> 128);
    }

    function exitCode(Result calldata result) internal pure returns (int32) {
        return int32(uint32(result.outcome >> 96));
    }

    function startedAt(Result calldata result) internal pure returns (uint32) {
        return uint32(result.outcome >> 64);
    }

    function finishedAt(Result calldata result) internal pure returns (uint32) {
        return uint32(result.outcome >> 32);
    }

    function billed(Result calldata result) internal pure returns (uint32) {
        return uint32(result.outcome);
    }

    /// @notice Whether unused bits are zero and the status is a known one, so that one result has one packing.
    function canonical(Result calldata result) internal pure returns (bool) {
        return result.outcome >> 128 <= Status.INPUT_UNAVAILABLE;
    }

    /// @notice EIP-712 `hashStruct` of the full `Result`.
    function structHash(
        Result calldata result,
        bytes32 orderId,
        uint32 job,
        address node
    ) internal pure returns (bytes32) {
        return _structHash(result, orderId, job, node, result.evidenceHash);
    }

    /// @notice The same with an evidenceHash of 0: what evidence can speak of, as it cannot contain its own hash.
    function bareStructHash(
        Result calldata result,
        bytes32 orderId,
        uint32 job,
        address node
    ) internal pure returns (bytes32) {
        return _structHash(result, orderId, job, node, 0);
    }

    function _structHash(
        Result calldata result,
        bytes32 orderId,
        uint32 job,
        address node,
        bytes32 evidenceHash
    ) private pure returns (bytes32 hash) {
        uint256[14] memory words;
        words[0] = uint256(RESULT_TYPEHASH);
        words[1] = uint256(orderId);
        words[2] = job;
        words[3] = uint160(node);
        words[4] = uint256(result.resultRoot);
        words[5] = uint256(result.outputsDigest);
        words[6] = uint256(result.statementHash);
        words[7] = uint256(evidenceHash);
        words[8] = uint256(result.shadowCommit);
        words[9] = result.status();
        words[10] = uint256(int256(result.exitCode())); // sign-extended, as EIP-712 encodes an int32
        words[11] = result.startedAt();
        words[12] = result.finishedAt();
        words[13] = result.billed();
        // As in TermsLib: too many values for abi.encode.
        assembly ("memory-safe") {
            hash := keccak256(words, 448)
        }
    }
}
