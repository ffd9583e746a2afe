// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice The asset of local chains: six decimals, permit, and a faucet anyone may use. Public chains refuse it.
contract DevnetUSD is ERC20Permit {
    error DevnetOnly(uint256 chainId);

    constructor() ERC20("Devnet USD", "dUSD") ERC20Permit("Devnet USD") {
        require(block.chainid == 31337 || block.chainid == 1337, DevnetOnly(block.chainid));
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
