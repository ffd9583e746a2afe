// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMarket} from "../../interfaces/IMarket.sol";
import {HookAsset, OldAsset} from "../base/Assets.sol";
import {MarketTest} from "../base/MarketTest.sol";

contract WithdrawTest is MarketTest {
    function test_RevertWhen_TheBalanceIsTooLow() external {
        refuse(abi.encodeWithSelector(IMarketErrors.BalanceTooLow.selector, consumer, 1_000e6, 1_000e6 + 1));
        vm.prank(consumer);
        market.withdraw(consumer, 1_000e6 + 1);
    }

    function test_RevertWhen_TheAssetBlocksThePayee() external {
        OldAsset old = new OldAsset();
        IMarket blocking = deploy(address(old));
        old.mint(address(this), 100);
        blocking.deposit(consumer, 100);
        old.setBlocked(consumer, true);
        refuse(abi.encodeWithSignature("Error(string)", "blocked"));
        vm.prank(consumer);
        blocking.withdraw(consumer, 100);
        (uint256 free, ) = blocking.accountOf(consumer);
        vm.assertEq(free, 100);
        vm.prank(consumer);
        blocking.withdraw(keeper, 100); // only that payee stalls
        vm.assertEq(old.balanceOf(keeper), 100);
    }

    function test_WhenTheAssetCallsBack() external {
        HookAsset hook = new HookAsset();
        IMarket hooked = deploy(address(hook));
        hook.mint(address(this), 300);
        hook.approve(address(hooked), 300);
        hooked.deposit(address(hook), 100); // what the hook tries to take out once more
        hooked.deposit(consumer, 200);
        hook.callBack(address(hooked), abi.encodeCall(hooked.withdraw, (keeper, 100)));
        vm.prank(consumer);
        hooked.withdraw(consumer, 200);
        vm.assertEq(
            hook.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        vm.assertEq(hook.balanceOf(address(hooked)), 100);
    }

    function test_WhenAllIsWell() external {
        vm.expectEmit(address(market));
        emit IMarketEvents.Withdrawn(consumer, keeper, 300e6);
        vm.prank(consumer);
        market.withdraw(keeper, 300e6);
        vm.assertEq(asset.balanceOf(keeper), 300e6);
        vm.assertEq(books().consumerFree, 700e6);
    }
}
