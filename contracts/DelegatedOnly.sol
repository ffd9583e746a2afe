// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Code that works only when another contract runs it by `delegatecall`, over that contract's storage.
abstract contract DelegatedOnly {
    error ExtensionCalledDirectly();

    address private immutable SELF = address(this);

    modifier delegatedOnly() {
        require(address(this) != SELF, ExtensionCalledDirectly());
        _;
    }
}
