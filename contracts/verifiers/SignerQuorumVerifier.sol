// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Result} from "../types/Result.sol";
import {Terms} from "../types/Terms.sol";

/// @notice A result is right when enough of some fixed keys say so. Evidence: `abi.encode(bytes[] signatures)` of the
/// EIP-191 message `keccak256(abi.encode(verifier, digest))`, in ascending order of their signers.
contract SignerQuorumVerifier is IVerifier {
    error QuorumOutOfBounds(uint256 quorum, uint256 signers);
    error SignersNotAscending(address signer, address next);

    uint256 public immutable QUORUM;
    mapping(address account => bool) public isSigner;

    constructor(address[] memory signers, uint256 quorum) {
        require(quorum > 0 && quorum <= signers.length, QuorumOutOfBounds(quorum, signers.length));
        QUORUM = quorum;
        address last;
        for (uint256 i = 0; i < signers.length; ++i) {
            require(signers[i] > last, SignersNotAscending(last, signers[i]));
            last = signers[i];
            isSigner[last] = true;
        }
    }

    /// @inheritdoc IVerifier
    function verify(
        bytes32 digest,
        Terms calldata,
        Result calldata,
        bytes calldata evidence
    ) external view returns (bool) {
        bytes[] memory signatures = abi.decode(evidence, (bytes[]));
        bytes32 message = MessageHashUtils.toEthSignedMessageHash(keccak256(abi.encode(address(this), digest)));
        uint256 count;
        address last;
        for (uint256 i = 0; i < signatures.length; ++i) {
            (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(message, signatures[i]);
            // Ascending, so that nobody counts twice.
            if (failure != ECDSA.RecoverError.NoError || signer <= last) return false;
            if (isSigner[signer]) ++count;
            last = signer;
        }
        return count >= QUORUM;
    }
}
