// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {MarketTest} from "../base/MarketTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract VoidJobTest is MarketTest {
    using TermsPacker for Order;

    Order internal order;
    bytes32 internal id;

    function setUp() public override {
        super.setUp();
        order = someOrder();
        id = post(order);
        claim(order, 0, node);
    }

    function test_RevertGiven_TheJobIsNotSubmitted() external {
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.RUNNING, (1 << 5) | (1 << 6)));
        market.voidJob(order.pack(), Receipt(0, node, 1e6, uint32(time), "digest"));
    }

    function test_RevertWhen_TheReceiptIsNotTheOneStored() external {
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        jail(node);
        receipt.pay = 0;
        refuse(abi.encodeWithSelector(IMarketErrors.ReceiptMismatch.selector, id, 0));
        market.voidJob(order.pack(), receipt);
    }

    function test_RevertGiven_TheNodeIsNotJailed() external {
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeInStatus.selector, node, NodeStatus.ACTIVE));
        market.voidJob(order.pack(), receipt);
    }

    function test_GivenTheNodeIsJailed() external {
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        jail(node);
        Books memory b = books();
        vm.expectEmit(address(market));
        emit IMarketEvents.Voided(id, 0, node, 1e6);
        vm.prank(keeper);
        market.voidJob(order.pack(), receipt);
        b.consumerFree += 1e6;
        b.open = 0;
        assertBooks(b);
        assertState(order, 0, JobState.VOID);
    }
}
