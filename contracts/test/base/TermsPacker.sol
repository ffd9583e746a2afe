// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Order, Terms} from "../../types/Terms.sol";

/// @notice Packs readable terms, independently of the accessors in types/Terms.sol.
library TermsPacker {
    function pack(Order memory o) internal pure returns (Terms memory) {
        return
            Terms({
                consumerSalt: uint256(bytes32(abi.encodePacked(o.consumer, o.salt))),
                nodeShape: uint256(
                    bytes32(
                        abi.encodePacked(
                            uint8(0),
                            o.node,
                            o.lots,
                            o.tasksPerLot,
                            o.replicas,
                            o.quorum,
                            uint8(o.metered ? 1 : 0)
                        )
                    )
                ),
                arbiterTimes: uint256(bytes32(abi.encodePacked(o.arbiter, o.challengeFor, o.maxRun, o.postBy))),
                verifierTimes: uint256(bytes32(abi.encodePacked(o.verifier, o.openFor, o.rampFor, o.beatEvery))),
                taskRoot: o.taskRoot,
                price: uint256(bytes32(abi.encodePacked(uint32(0), o.startPrice, o.maxPrice, o.failBps, o.class))),
                bondFee: uint256(bytes32(abi.encodePacked(uint144(0), o.bond, o.feeBps))),
                manifest: o.manifest
            });
    }
}
