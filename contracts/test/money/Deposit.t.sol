// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMarket} from "../../interfaces/IMarket.sol";
import {FeeAsset, HookAsset, OldAsset} from "../base/Assets.sol";
import {MarketTest} from "../base/MarketTest.sol";

contract DepositTest is MarketTest {
    function test_RevertWhen_TheAssetMovesAnotherAmount() external {
        FeeAsset fee = new FeeAsset();
        IMarket poor = deploy(address(fee));
        fee.mint(address(this), 100);
        fee.approve(address(poor), 100);
        refuse(abi.encodeWithSelector(IMarketErrors.AssetNotExact.selector, 100, 99));
        poor.deposit(consumer, 100);
    }

    function test_RevertWhen_TheAssetRefuses() external {
        asset.mint(address(this), 1);
        refuse(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(market), 0, 1));
        market.deposit(consumer, 1);
    }

    function test_WhenTheAssetReturnsNothing() external {
        OldAsset old = new OldAsset();
        IMarket plain = deploy(address(old));
        old.mint(address(this), 100);
        plain.deposit(consumer, 100);
        (uint256 free, ) = plain.accountOf(consumer);
        vm.assertEq(free, 100);
    }

    function test_WhenTheAssetCallsBack() external {
        HookAsset hook = new HookAsset();
        IMarket hooked = deploy(address(hook));
        hook.mint(address(this), 100);
        hook.mint(address(hook), 100);
        hook.approve(address(hooked), 100);
        hook.callBack(address(hooked), abi.encodeCall(hooked.deposit, (keeper, 100)));
        hooked.deposit(consumer, 100);
        vm.assertEq(
            hook.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        (uint256 free, ) = hooked.accountOf(keeper);
        vm.assertEq(free, 0);
        (free, ) = hooked.accountOf(consumer);
        vm.assertEq(free, 100);
    }

    function test_WhenAllIsWell() external {
        asset.mint(address(this), 5e6);
        asset.approve(address(market), 5e6);
        vm.expectEmit(address(market));
        emit IMarketEvents.Deposited(keeper, address(this), 5e6);
        market.deposit(keeper, 5e6);
        vm.assertEq(books().keeperFree, 5e6);
        vm.assertEq(asset.balanceOf(address(this)), 0);
    }
}
