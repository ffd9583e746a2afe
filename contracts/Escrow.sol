// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {MarketStorage} from "./MarketStorage.sol";

/// @notice Balances inside the market, and the only two places where the asset moves.
abstract contract Escrow is MarketStorage {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return; // spares a fixed-price job the consumer's slot
        _accounts[account].free += amount.toUint128();
    }

    function _debit(address account, uint256 amount) internal {
        Account storage entry = _accounts[account];
        uint256 free = entry.free;
        require(free >= amount, BalanceTooLow(account, free, amount));
        entry.free = uint128(free - amount); // not above what it was
    }

    /// @dev Callers hold the reentrancy guard: the balance difference must be this transfer's alone.
    function _pullInto(address account, uint256 amount) internal {
        uint256 before = ASSET.balanceOf(address(this));
        ASSET.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = ASSET.balanceOf(address(this)) - before;
        require(received == amount, AssetNotExact(amount, received));
        _credit(account, amount);
        emit Deposited(account, msg.sender, amount);
    }

    /// @dev Callers hold the reentrancy guard and have booked the amount out.
    function _push(address to, uint256 amount) internal {
        ASSET.safeTransfer(to, amount);
    }
}
