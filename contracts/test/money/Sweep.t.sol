// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {Receipt} from "../../types/Receipt.sol";
import {Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {MarketTest} from "../base/MarketTest.sol";

contract SweepTest is MarketTest {
    function test_GivenThereAreFees() external {
        Order memory order = someOrder();
        order.startPrice = order.maxPrice = 1_000_050; // fee 20001
        post(order);
        claim(order, 0, node);
        Receipt memory receipt = finish(order, 0, node, Status.OK, 10);
        settle(order, receipt, consumer);
        Books memory b = books();
        vm.expectEmit(address(market));
        emit IMarketEvents.Swept(owner, 10_000, 10_001);
        vm.prank(keeper);
        market.sweep(owner);
        b.ownerFees = 0;
        b.treasury += 10_000;
        b.pool += 10_001;
        assertBooks(b);
    }

    function test_GivenThereAreNone() external {
        Books memory b = books();
        market.sweep(owner);
        assertBooks(b);
    }
}
