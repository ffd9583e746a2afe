// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {NodeStatus} from "../../types/Node.sol";
import {DevnetUSD} from "../../token/DevnetUSD.sol";
import {Terms} from "../../types/Terms.sol";
import {Ghost} from "./Ghost.sol";

/// @notice Who acts: three consumers, four owners with two nodes each, a keeper, an outsider, and governance.
abstract contract Actors is Ghost {
    uint16 internal constant SLOW_CLASS = 2;
    uint16 internal constant SLOW_STEP = 600;
    uint256 internal constant MOST_NODES = 14;

    address[] internal consumers;
    address[] internal owners;
    address internal outsider;
    mapping(address account => uint256) internal keyOf;

    function setUp() public virtual override {
        time = START;
        vm.warp(START);
        asset = DevnetUSD(create("DevnetUSD", ""));
        authority = AccessManager(create("AccessManager", abi.encode(this)));
        market = deploy(address(asset), address(this)); // the handler is the arbiter
        setClass(CLASS, MIN_STAKE, STEP);
        setClass(SLOW_CLASS, MIN_STAKE, SLOW_STEP);
        for (uint256 i = 0; i < 3; ++i) consumers.push(newActor(100 + i, 5_000e6));
        for (uint256 i = 0; i < 4; ++i) owners.push(newActor(200 + i, 1_000e6));
        keeper = newActor(300, 100e6);
        outsider = newActor(301, 100e6);
        // Six nodes in one class, two in another: sortition has somebody to keep waiting.
        for (uint256 i = 0; i < 8; ++i) newNode(owners[i % 4], i < 6 ? CLASS : SLOW_CLASS, MIN_STAKE + i * 2e6, 8);
        node = nodes[0].node;
        skip(ACTIVATION + 1);
    }

    function setClass(uint16 class, uint256 least, uint16 step) internal {
        market.setClass(class, uint80(least), step, "class document");
        minStake[class] = least;
    }

    function newActor(uint256 key, uint256 amount) private returns (address account) {
        account = vm.addr(key);
        keyOf[account] = key;
        accounts.push(account);
        fund(account, amount);
        free[account] += amount;
    }

    function newNode(address owner_, uint16 class, uint256 stake, uint16 maxOpen) internal {
        uint256 key = 1_000 + nodes.length;
        address node_ = vm.addr(key);
        bytes memory signature = consent(owner_, key, class, time);
        vm.prank(owner_);
        market.register(node_, class, maxOpen, uint80(stake), "metadata", "ipfs://node", time, signature);
        NodeGhost storage n = nodes.push();
        n.node = node_;
        n.key = key;
        n.owner = owner_;
        n.class = class;
        n.stake = stake;
        n.maxOpen = maxOpen;
        n.roof = maxOpen;
        n.status = NodeStatus.ACTIVE;
        nodeIndex[node_] = nodes.length;
        free[owner_] -= stake;
    }

    function pick(address[] storage list, uint256 seed) internal view returns (address) {
        return list[seed % list.length];
    }

    /// @dev An independent draw from the same seed.
    function draw(uint256 seed, bytes32 what) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }

    /// @dev Between `least` and `most`, both included.
    function within(uint256 seed, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + (seed % (most - least + 1));
    }

    // ---- the arbiter that the market sees ----

    function bind() external {}

    function onChallenge(bytes32, Terms calldata, address, address) external {}

    function onAppeal(bytes32, Terms calldata, address) external {}

    function bondFor(Terms calldata terms) external pure returns (uint256) {
        return 1e6 + uint96(terms.consumerSalt);
    }

    function appealBondFor(Terms calldata terms) external pure returns (uint256) {
        return 2e6 + uint96(terms.consumerSalt);
    }

    /// @dev The first thing from a random place on that fits.
    function find(
        uint256 seed,
        uint256 length,
        function(uint256) internal view returns (bool) fits
    ) internal view returns (bool found, uint256 which) {
        for (uint256 i = 0; i < length; ++i) {
            which = ((seed % length) + i) % length;
            if (fits(which)) return (true, which);
        }
    }
}
