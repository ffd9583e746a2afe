// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketCore} from "../../interfaces/IMarketCore.sol";
import {Actors} from "./Actors.sol";

/// @notice Balances: in, out, and fees moved on.
abstract contract MoneyActs is Actors {
    function deposit(uint256 seed) external {
        vm.warp(time);
        address from = pick(accounts, seed);
        address to = pick(accounts, draw(seed, "to"));
        uint256 amount = within(draw(seed, "amount"), 0, 2_000e6);
        approve(from, amount);
        vm.prank(from);
        market.deposit(to, amount);
        free[to] += amount;
        note("deposit", true);
    }

    /// @dev Half of the time somebody else uses the permit first.
    function depositWithPermit(uint256 seed) external {
        vm.warp(time);
        address from = pick(accounts, seed);
        uint256 amount = within(draw(seed, "amount"), 0, 500e6);
        asset.mint(from, amount);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf[from], permitDigest(from, amount));
        if (draw(seed, "front-run") % 2 == 0) asset.permit(from, address(market), amount, time, v, r, s);
        vm.prank(from);
        market.depositWithPermit(from, amount, time, v, r, s);
        free[from] += amount;
        note("depositWithPermit", true);
    }

    function withdraw(uint256 seed) external {
        vm.warp(time);
        address from = pick(accounts, seed);
        uint256 amount = within(draw(seed, "amount"), 0, free[from] / 2);
        vm.prank(from);
        market.withdraw(pick(accounts, draw(seed, "to")), amount);
        free[from] -= amount;
        note("withdraw", true);
    }

    /// @dev Two deposits under one guard, then one of them back out.
    function multicallMoney(uint256 seed) external {
        vm.warp(time);
        address from = pick(accounts, seed);
        uint256 amount = within(draw(seed, "amount"), 1, 500e6);
        approve(from, 2 * amount);
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(IMarketCore.deposit, (from, amount));
        calls[1] = calls[0];
        calls[2] = abi.encodeCall(IMarketCore.withdraw, (from, amount));
        vm.prank(from);
        market.multicall(calls);
        free[from] += amount;
        note("multicallMoney", true);
    }

    function sweep(uint256 seed) external {
        vm.warp(time);
        address account = pick(owners, seed);
        vm.prank(outsider);
        market.sweep(account);
        uint256 toTreasury = fees[account] / 2;
        sums.treasury += toTreasury;
        sums.pool += fees[account] - toTreasury;
        note("sweep", fees[account] > 0);
        fees[account] = 0;
    }

    function donate(uint256 seed) external {
        uint256 amount = seed % 10e6;
        asset.mint(address(market), amount);
        sums.donated += amount;
        note("donate", true);
    }

    function approve(address from, uint256 amount) internal {
        asset.mint(from, amount);
        vm.prank(from);
        asset.approve(address(market), amount);
    }

    function permitDigest(address from, uint256 amount) private view returns (bytes32) {
        bytes32 typehash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 structHash = keccak256(abi.encode(typehash, from, address(market), amount, asset.nonces(from), time));
        return keccak256(abi.encodePacked(hex"1901", asset.DOMAIN_SEPARATOR(), structHash));
    }
}
