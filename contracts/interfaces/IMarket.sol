// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketCore} from "./IMarketCore.sol";
import {IMarketDisputes} from "./IMarketDisputes.sol";
import {IMarketExtension} from "./IMarketExtension.sol";

/// @title The compute market: balances, nodes, orders
/// @notice One ABI for all pieces of code (`Market`, `MarketExtension`, `MarketDisputes`); this is what callers use. Amounts are base
/// units of the asset, times are unix seconds, durations are seconds, shares are basis points (1/10000).
///
/// The asset must, for safety: move exactly what is asked or revert, and never change balances by itself. For
/// liveness: let the market send and receive. A payee whom the asset blocks stalls only its own withdrawal.
interface IMarket is IMarketCore, IMarketExtension, IMarketDisputes {
    // Raised by what the market is built on, or by an OpenZeppelin asset, and passed on unchanged.
    error AccessManagedUnauthorized(address caller);
    error AccessManagedRequiredDelay(address caller, uint32 delay);
    error ReentrancyGuardReentrantCall();
    error SafeERC20FailedOperation(address token);
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);

    /// @notice Several of the market's calls in one, all or nothing, each as the caller.
    function multicall(bytes[] calldata data) external returns (bytes[] memory results);
}
