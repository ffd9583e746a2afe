// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {MarketTest} from "../base/MarketTest.sol";

contract DepositWithPermitTest is MarketTest {
    uint256 private constant KEY = 0xCAFE;
    address private payer = vm.addr(KEY);

    function setUp() public override {
        super.setUp();
        asset.mint(payer, 100);
    }

    function test_WhenThePermitIsFresh() external {
        (uint8 v, bytes32 r, bytes32 s) = permit();
        vm.expectEmit(address(market));
        emit IMarketEvents.Deposited(consumer, payer, 100);
        vm.prank(payer);
        market.depositWithPermit(consumer, 100, time, v, r, s);
        vm.assertEq(books().consumerFree, 1_000e6 + 100);
    }

    function test_WhenSomebodyUsedThePermitBefore() external {
        (uint8 v, bytes32 r, bytes32 s) = permit();
        vm.prank(keeper);
        asset.permit(payer, address(market), 100, time, v, r, s);
        vm.prank(payer);
        market.depositWithPermit(consumer, 100, time, v, r, s);
        vm.assertEq(books().consumerFree, 1_000e6 + 100);
    }

    function test_RevertWhen_ThePermitIsOfAnother() external {
        (uint8 v, bytes32 r, bytes32 s) = permit();
        asset.mint(keeper, 100);
        refuse(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(market), 0, 100));
        vm.prank(keeper);
        market.depositWithPermit(keeper, 100, time, v, r, s);
    }

    function permit() private view returns (uint8, bytes32, bytes32) {
        bytes32 typehash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 structHash = keccak256(abi.encode(typehash, payer, address(market), 100, 0, time));
        return vm.sign(KEY, keccak256(abi.encodePacked(hex"1901", asset.DOMAIN_SEPARATOR(), structHash)));
    }
}
