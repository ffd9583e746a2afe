// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";

import {Class, NodeStatus} from "../../types/Node.sol";
import {NodeView} from "../../types/Views.sol";
import {IMarket} from "../../interfaces/IMarket.sol";
import {MarketTest} from "../base/MarketTest.sol";

/// @notice A contract account that answers by a switch.
contract Wallet {
    bool public accepts;

    constructor(bool accepts_) {
        accepts = accepts_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return accepts ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

contract RegisterTest is MarketTest {
    uint256 private constant KEY = 0x5EED;
    address private fresh = vm.addr(KEY);

    function test_RevertGiven_TheNodeIsKnown() external {
        bytes memory signature = consent(owner, NODE_KEY, CLASS, time);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeKnown.selector, node));
        tryRegister(node, CLASS, MIN_STAKE, time, signature);

        vm.prank(owner);
        market.retire(node); // retired is known too
        refuse(abi.encodeWithSelector(IMarketErrors.NodeKnown.selector, node));
        tryRegister(node, CLASS, MIN_STAKE, time, signature);
    }

    function test_RevertGiven_TheClassDoesNotExist() external {
        refuse(abi.encodeWithSelector(IMarketErrors.ClassUnknown.selector, 2));
        tryRegister(fresh, 2, MIN_STAKE, time, "");
    }

    function test_RevertWhen_TheStakeIsBelowTheClassMinimum() external {
        refuse(abi.encodeWithSelector(IMarketErrors.NodeStakeTooLow.selector, fresh, MIN_STAKE - 1, MIN_STAKE));
        tryRegister(fresh, CLASS, MIN_STAKE - 1, time, "");
    }

    function test_RevertWhen_TheConsentHasExpired() external {
        bytes memory signature = consent(owner, KEY, CLASS, time - 1);
        refuse(abi.encodeWithSelector(IMarketErrors.NodeConsentExpired.selector, time - 1));
        tryRegister(fresh, CLASS, MIN_STAKE, time - 1, signature);
    }

    function test_RevertWhen_TheConsentIsForAnotherOwnerClassOrMarket() external {
        refuseConsent(consent(otherOwner, KEY, CLASS, time));
        refuseConsent(consent(owner, KEY, 2, time));
        refuseConsent(consent(owner, KEY, CLASS, time + 1));
        refuseConsent(consent(owner, OTHER_KEY, CLASS, time));
        IMarket here = market;
        market = deploy(address(asset));
        bytes memory foreign = consent(owner, KEY, CLASS, time);
        market = here;
        refuseConsent(foreign);
    }

    function test_RevertWhen_TheSignatureIsMalleableOrMalformed() external {
        bytes memory signature = consent(owner, KEY, CLASS, time);
        (bytes32 r, bytes32 s, uint8 v) = parts(signature);
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        refuseConsent(abi.encodePacked(r, order - uint256(s), v == 27 ? uint8(28) : uint8(27)));
        refuseConsent("");
        refuseConsent(abi.encodePacked(r, s));
    }

    function test_RevertGiven_TheOwnerHasTooLittle() external {
        bytes memory signature = consent(keeper, KEY, CLASS, time);
        refuse(abi.encodeWithSelector(IMarketErrors.BalanceTooLow.selector, keeper, 0, MIN_STAKE));
        vm.prank(keeper);
        market.register(fresh, CLASS, 8, MIN_STAKE, "", "", time, signature);
    }

    function test_GivenTheNodeIsAPlainKey() external {
        bytes memory signature = consent(owner, KEY, CLASS, time);
        Books memory b = books();
        vm.expectEmit(address(market));
        emit IMarketEvents.NodeRegistered(
            fresh,
            owner,
            CLASS,
            8,
            MIN_STAKE + 1,
            uint32(time) + ACTIVATION,
            2,
            "metadata",
            "ipfs://node"
        );
        tryRegister(fresh, CLASS, MIN_STAKE + 1, time, signature);
        b.ownerFree -= MIN_STAKE + 1;
        assertBooks(b);

        NodeView memory n = market.nodeOf(fresh);
        vm.assertEq(n.owner, owner);
        vm.assertEq(n.stake, MIN_STAKE + 1);
        vm.assertEq(n.class, CLASS);
        vm.assertEq(n.maxOpen, 8);
        vm.assertEq(n.activatedAt, time + ACTIVATION);
        vm.assertEq(n.rosterIndex, 2);
        assertStatus(fresh, NodeStatus.ACTIVE);
        (uint256 length, address last) = market.rosterOf(CLASS, 2);
        vm.assertEq(length, 3);
        vm.assertEq(last, fresh);
        (, address beyond) = market.rosterOf(CLASS, 3);
        vm.assertEq(beyond, address(0));
    }

    function test_WhenItAcceptsTheSignature() external {
        address wallet = address(new Wallet(true));
        tryRegister(wallet, CLASS, MIN_STAKE, time, "anything");
        assertStatus(wallet, NodeStatus.ACTIVE);
    }

    function test_RevertWhen_ItRejectsTheSignature() external {
        address wallet = address(new Wallet(false));
        refuse(abi.encodeWithSelector(IMarketErrors.NodeConsentInvalid.selector, wallet));
        tryRegister(wallet, CLASS, MIN_STAKE, time, "anything");
    }

    function test_GivenTheKeyDelegatedItsCode() external {
        bytes memory signature = consent(owner, KEY, CLASS, time);
        vm.etch(fresh, address(new Wallet(false)).code); // code that would say no is not asked
        tryRegister(fresh, CLASS, MIN_STAKE, time, signature);
        assertStatus(fresh, NodeStatus.ACTIVE);
    }

    function test_GivenTheOwnerHasAnotherNodeInTheClass() external {
        tryRegister(fresh, CLASS, MIN_STAKE, time, consent(owner, KEY, CLASS, time));
        Class memory class = market.classOf(CLASS);
        vm.assertEq(class.active, 3);
        vm.assertEq(class.owners, 2);
        vm.prank(owner);
        market.retire(fresh);
        class = market.classOf(CLASS);
        vm.assertEq(class.active, 2);
        vm.assertEq(class.owners, 2);
        vm.prank(owner);
        market.retire(node);
        class = market.classOf(CLASS);
        vm.assertEq(class.active, 1);
        vm.assertEq(class.owners, 1);
    }

    function tryRegister(address key, uint16 class, uint80 stake, uint256 deadline, bytes memory signature) private {
        vm.prank(owner);
        market.register(key, class, 8, stake, "metadata", "ipfs://node", deadline, signature);
    }

    function refuseConsent(bytes memory signature) private {
        refuse(abi.encodeWithSelector(IMarketErrors.NodeConsentInvalid.selector, fresh));
        tryRegister(fresh, CLASS, MIN_STAKE, time, signature);
    }

    function parts(bytes memory signature) private pure returns (bytes32 r, bytes32 s, uint8 v) {
        assembly ("memory-safe") {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
            v := byte(0, mload(add(signature, 96)))
        }
    }
}
