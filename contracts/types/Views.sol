// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {JobState} from "../types/JobSlot.sol";
import {NodeStatus} from "../types/Node.sol";

struct NodeView {
    address owner;
    uint80 stake; // asset units, with what is unbonding
    uint80 locked;
    uint80 unbonding;
    uint16 class;
    uint16 open;
    uint16 maxOpen;
    NodeStatus status;
    uint32 activatedAt;
    uint32 unbondAt;
    uint32 rosterIndex;
}

struct JobView {
    JobState state;
    address node; // RUNNING: who runs it; OPEN: who failed it last
    bool closed;
    bool stopped;
    uint32 postedAt; // 0 once submitted on a single-job order
    uint32 claimedAt; // RUNNING only
    uint32 deadline; // RUNNING: submit by; sealed: tallied without it after; SUBMITTED: settled by anyone from then on
    uint8 challenges;
    bytes26 receiptHash; // SUBMITTED: of the receipt; COMMITTED, REVEALED: of the seal
}

struct OrderView {
    bool posted;
    bool closed;
    uint32 postedAt;
    uint32 unclaimed;
    uint128 escrow;
}
