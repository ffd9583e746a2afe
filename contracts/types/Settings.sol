// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice What governance may change, within hard bounds. None of it touches an order already posted.
struct Params {
    uint16 feeBps; // of pay; at most 500. Signed into each order
    uint16 minBondBps; // least bond of an order as a share of its job escrow; at most 10000
    uint96 minJobEscrow; // asset units; least escrow of one job
}

/// @notice What never changes in a deployment.
struct Config {
    address asset; // the one ERC-20 for price and stake
    uint32 activation; // seconds before a new node may claim
    uint32 challengeFloor; // seconds; least `challengeFor` of an order
    uint16 livenessBps; // share of the bond lost by silence
    address arbiter; // decides challenges of orders that name none; 0 = no such order can be challenged
}
