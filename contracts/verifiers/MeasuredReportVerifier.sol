// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Result} from "../types/Result.sol";
import {Terms} from "../types/Terms.sol";

/// @notice An example in the shape of a TEE: a report, signed by a machine's P-256 key, says which measured software
/// vouched for this very result. The signature check is real. What a real TEE adds is simulated: the machine's key
/// stands here as given at deployment, where a vendor's certificate chain and revocation list would vouch for it, and the
/// report has only the fields that matter here. Not for production.
contract MeasuredReportVerifier is IVerifier {
    struct Key {
        bytes32 x;
        bytes32 y;
    }

    /// @dev What the machine signs: sha2-256 of `abi.encode(report)`.
    struct Report {
        bytes32 measurement; // hash of the software that ran
        uint256 securityVersion; // of the machine's firmware
        bytes32 reportData; // the digest of the result
        bytes32 deviceData; // hash of a device's own evidence, 0 if none
    }

    /// @dev Evidence is `abi.encode(Evidence)`.
    struct Evidence {
        Report report;
        bytes32 r;
        bytes32 s; // in the lower half, so that one signature has one form
    }

    uint256 public immutable LEAST_SECURITY_VERSION;
    bytes32 private immutable KEY_X;
    bytes32 private immutable KEY_Y;
    mapping(bytes32 measurement => bool) public isMeasured;

    constructor(Key memory key, bytes32[] memory measurements, uint256 leastSecurityVersion) {
        (KEY_X, KEY_Y) = (key.x, key.y);
        LEAST_SECURITY_VERSION = leastSecurityVersion;
        for (uint256 i = 0; i < measurements.length; ++i) isMeasured[measurements[i]] = true;
    }

    /// @inheritdoc IVerifier
    function verify(
        bytes32 digest,
        Terms calldata,
        Result calldata,
        bytes calldata evidence
    ) external view returns (bool) {
        Evidence memory e = abi.decode(evidence, (Evidence));
        return
            e.report.reportData == digest &&
            isMeasured[e.report.measurement] &&
            e.report.securityVersion >= LEAST_SECURITY_VERSION &&
            P256.verify(sha256(abi.encode(e.report)), e.r, e.s, KEY_X, KEY_Y);
    }
}
