// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice The terms of an order as a wallet shows them. Never stored: `orderId` is the EIP-712 hash of this struct.
struct Order {
    address consumer; // pays; gets every refund
    uint96 salt; // makes otherwise equal orders distinct
    address node; // 0 = open to the class; else exclusive for the first `rampFor` s (all of `openFor` if 0)
    uint32 lots; // bundles of tasks
    uint32 tasksPerLot; // tasks run as one job
    uint8 replicas; // nodes per lot
    uint8 quorum; // equal results that decide a lot
    bool metered; // pay per billed second instead of per job
    address arbiter; // decides challenges; 0 = the deployment's default
    uint32 challengeFor; // seconds
    uint32 maxRun; // seconds from claim to submit
    uint32 postBy; // unix seconds; `post` refuses later
    address verifier; // 0 = none
    uint32 openFor; // seconds after posting in which jobs may be claimed
    uint32 rampFor; // seconds in which the unit price climbs from start to max
    uint32 beatEvery; // seconds between signs of life; 0 = none asked
    bytes32 taskRoot; // Merkle root of the task leaves
    uint96 startPrice; // asset units per job, or per second when metered
    uint96 maxPrice; // same unit
    uint16 failBps; // share of the price paid for a truthful failure, in 1/10000
    uint16 class; // hardware class index
    uint96 bond; // asset units of stake locked per job
    uint16 feeBps; // must equal the deployment's fee when posted
    bytes32 manifest; // sha2-256 of the bundle's manifest
}

/// @notice The same terms packed into eight words for calldata and events. Fields sit from the most significant bit
/// down in the order listed, the last one ending at bit 0; unused high bits are zero (`post` refuses others).
struct Terms {
    uint256 consumerSalt; //  consumer 160 | salt 96
    uint256 nodeShape; //     node 160 | lots 32 | tasksPerLot 32 | replicas 8 | quorum 8 | metered 8
    uint256 arbiterTimes; //  arbiter 160 | challengeFor 32 | maxRun 32 | postBy 32
    uint256 verifierTimes; // verifier 160 | openFor 32 | rampFor 32 | beatEvery 32
    bytes32 taskRoot;
    uint256 price; //         startPrice 96 | maxPrice 96 | failBps 16 | class 16
    uint256 bondFee; //       bond 96 | feeBps 16
    bytes32 manifest;
}

using TermsLib for Terms global;

/// @notice The only place that knows the packing of `Terms`.
library TermsLib {
    bytes32 internal constant ORDER_TYPEHASH = keccak256(
        "Order(address consumer,uint96 salt,address node,uint32 lots,uint32 tasksPerLot,uint8 replicas,uint8 quorum,bool metered,address arbiter,uint32 challengeFor,uint32 maxRun,uint32 postBy,address verifier,uint32 openFor,uint32 rampFor,uint32 beatEvery,bytes32 taskRoot,uint96 startPrice,uint96 maxPrice,uint16 failBps,uint16 class,uint96 bond,uint16 feeBps,bytes32 manifest)"
    );

    // Every narrowing cast below cuts a field out of its word: the bits above belong to the fields listed before it.

    function consumer(Terms calldata terms) internal pure returns (address) {
        return address(uint160(terms.consumerSalt >> 96));
    }

    function salt(Terms calldata terms) internal pure returns (uint96) {
        return uint96(terms.consumerSalt);
    }

    function node(Terms calldata terms) internal pure returns (address) {
        return address(uint160(terms.nodeShape >> 88));
    }

    function lots(Terms calldata terms) internal pure returns (uint32) {
        return uint32(terms.nodeShape >> 56);
    }

    function tasksPerLot(Terms calldata terms) internal pure returns (uint32) {
        return uint32(terms.nodeShape >> 24);
    }

    function replicas(Terms calldata terms) internal pure returns (uint8) {
        return uint8(terms.nodeShape >> 16);
    }

    function quorum(Terms calldata terms) internal pure returns (uint8) {
        return uint8(terms.nodeShape >> 8);
    }

    function metered(Terms calldata terms) internal pure returns (bool) {
        return uint8(terms.nodeShape) != 0;
    }

    function arbiter(Terms calldata terms) internal pure returns (address) {
        return address(uint160(terms.arbiterTimes >> 96));
    }

    function challengeFor(Terms calldata terms) internal pure returns (uint32) {
        return uint32(terms.arbiterTimes >> 64);
    }

    function maxRun(Terms calldata terms) internal pure returns (uint32) {
        return uint32(terms.arbiterTimes >> 32);
    }

    function postBy(Terms calldata terms) internal pure returns (uint32) {
        return uint32(terms.arbiterTimes);
    }

    function verifier(Terms calldata terms) internal pure returns (address) {
        return address(uint160(terms.verifierTimes >> 96));
    }

    function openFor(Terms calldata terms) internal pure returns (uint32) {
        return uint32(terms.verifierTimes >> 64);
    }

    function rampFor(Terms calldata terms) internal pure returns (uint32) {
        return uint32(terms.verifierTimes >> 32);
    }

    function beatEvery(Terms calldata terms) internal pure returns (uint32) {
        return uint32(terms.verifierTimes);
    }

    function startPrice(Terms calldata terms) internal pure returns (uint96) {
        return uint96(terms.price >> 128);
    }

    function maxPrice(Terms calldata terms) internal pure returns (uint96) {
        return uint96(terms.price >> 32);
    }

    function failBps(Terms calldata terms) internal pure returns (uint16) {
        return uint16(terms.price >> 16);
    }

    function class(Terms calldata terms) internal pure returns (uint16) {
        return uint16(terms.price);
    }

    function bond(Terms calldata terms) internal pure returns (uint96) {
        return uint96(terms.bondFee >> 16);
    }

    function feeBps(Terms calldata terms) internal pure returns (uint16) {
        return uint16(terms.bondFee);
    }

    /// @notice Number of jobs of the order.
    function jobs(Terms calldata terms) internal pure returns (uint256) {
        return uint256(terms.lots()) * terms.replicas();
    }

    /// @notice What one job can cost at most, in asset units.
    function jobEscrow(Terms calldata terms) internal pure returns (uint256) {
        return uint256(terms.maxPrice()) * (terms.metered() ? terms.maxRun() : 1);
    }

    /// @notice Whether unused bits are zero and `metered` is 0 or 1, so that one order has one packing.
    function canonical(Terms calldata terms) internal pure returns (bool) {
        return
            terms.nodeShape >> 248 == 0 &&
            uint8(terms.nodeShape) <= 1 &&
            terms.price >> 224 == 0 &&
            terms.bondFee >> 112 == 0;
    }

    /// @notice EIP-712 `hashStruct` of the `Order` these terms stand for.
    function structHash(Terms calldata terms) internal pure returns (bytes32 hash) {
        uint256[25] memory words;
        words[0] = uint256(ORDER_TYPEHASH);
        words[1] = uint160(terms.consumer());
        words[2] = terms.salt();
        words[3] = uint160(terms.node());
        words[4] = terms.lots();
        words[5] = terms.tasksPerLot();
        words[6] = terms.replicas();
        words[7] = terms.quorum();
        words[8] = terms.metered() ? 1 : 0;
        words[9] = uint160(terms.arbiter());
        words[10] = terms.challengeFor();
        words[11] = terms.maxRun();
        words[12] = terms.postBy();
        words[13] = uint160(terms.verifier());
        words[14] = terms.openFor();
        words[15] = terms.rampFor();
        words[16] = terms.beatEvery();
        words[17] = uint256(terms.taskRoot);
        words[18] = terms.startPrice();
        words[19] = terms.maxPrice();
        words[20] = terms.failBps();
        words[21] = terms.class();
        words[22] = terms.bond();
        words[23] = terms.feeBps();
        words[24] = uint256(terms.manifest);
        // abi.encode of 25 values is too deep for the stack, and of a struct copies it once more.
        assembly ("memory-safe") {
            hash := keccak256(words, 800)
        }
    }
}
