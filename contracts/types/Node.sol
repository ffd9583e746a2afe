// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

enum NodeStatus {
    NONE,
    ACTIVE,
    SUSPENDED,
    RETIRED,
    JAILED
}

/// @notice A worker machine, keyed by its hot key. Slot 0 is all that claiming and submitting read.
struct Node {
    // slot 0
    uint80 stake; // asset units, without what is unbonding
    uint80 locked; // asset units: bonds of the node's unsettled jobs
    uint16 class;
    uint16 open; // unsettled jobs
    uint16 maxOpen;
    NodeStatus status;
    uint32 activatedAt; // unix seconds; may claim what is posted later
    // slot 1
    address owner; // gets paid; never changes
    uint32 rosterIndex; // place in the class's roster
    uint32 unbondAt; // unix seconds; 0 = nothing unbonding
    // slot 2, only while unbonding or once it stopped being ACTIVE
    uint80 unbonding; // asset units, slashable until withdrawn
    uint32 servedFrom; // unix seconds: its last ended time of service, from activation
    uint32 servedUntil; // to leaving
}

/// @notice A hardware class. One slot.
struct Class {
    uint32 active; // nodes with status ACTIVE
    uint32 owners; // distinct owners of those
    uint80 minStake; // asset units a node must hold; never 0 for a class that exists
    uint16 step; // seconds after which twice as many nodes may claim; never changes
}
