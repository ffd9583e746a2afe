// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IMarket} from "../../interfaces/IMarket.sol";
import {DevnetUSD} from "../../token/DevnetUSD.sol";
import {JobState} from "../../types/JobSlot.sol";
import {NodeStatus} from "../../types/Node.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Config, Params} from "../../types/Settings.sol";
import {Order} from "../../types/Terms.sol";
import {NodeView} from "../../types/Views.sol";
import {TermsPacker} from "./TermsPacker.sol";
import {Vm} from "./Vm.sol";

/// @notice A deployed market with one consumer, two providers with a node each, and a keeper.
abstract contract MarketTest {
    using TermsPacker for Order;

    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bool public IS_TEST = true; // runners look for this getter

    uint32 internal constant START = 2_000_000_000;
    uint32 internal constant ACTIVATION = 100;
    uint32 internal constant CHALLENGE_FLOOR = 60;
    uint16 internal constant LIVENESS_BPS = 2_000;
    uint16 internal constant CLASS = 1;
    uint80 internal constant MIN_STAKE = 100e6;
    uint16 internal constant STEP = 2;
    uint256 internal constant NODE_KEY = 0xA11CE;
    uint256 internal constant OTHER_KEY = 0xB0B;

    IMarket internal market;
    DevnetUSD internal asset;
    AccessManager internal authority;
    /// @dev With via-IR the compiler may read the clock again after a warp; tests use this instead of block.timestamp.
    uint256 internal time;

    address internal consumer = address(0xC0);
    address internal owner = address(0x01);
    address internal otherOwner = address(0x02);
    address internal keeper = address(0xEE);
    address internal node = vm.addr(NODE_KEY);
    address internal otherNode = vm.addr(OTHER_KEY);

    /// @dev Everything a payout can touch.
    struct Books {
        uint256 consumerFree;
        uint256 ownerFree;
        uint256 ownerFees;
        uint256 keeperFree;
        uint256 treasury;
        uint256 pool;
        uint256 stake;
        uint256 locked;
        uint256 open;
    }

    function setUp() public virtual {
        time = START;
        vm.warp(START);
        asset = DevnetUSD(create("DevnetUSD", ""));
        authority = AccessManager(create("AccessManager", abi.encode(this)));
        market = deploy(address(asset));
        market.setClass(CLASS, MIN_STAKE, STEP, "class document");
        fund(consumer, 1_000e6);
        fund(owner, 1_000e6);
        fund(otherOwner, 1_000e6);
        register(owner, NODE_KEY);
        register(otherOwner, OTHER_KEY);
        skip(ACTIVATION + 1);
    }

    function deploy(address token) internal returns (IMarket) {
        return deploy(token, address(0));
    }

    function deploy(address token, address arbiter) internal returns (IMarket) {
        Config memory config = Config(token, ACTIVATION, CHALLENGE_FLOOR, LIVENESS_BPS, arbiter);
        address disputes = create("MarketDisputes", abi.encode(config, authority));
        address extension = create("MarketExtension", abi.encode(disputes, authority));
        return IMarket(create("Market", abi.encode(extension, authority, Params(200, 1_000, 1_000))));
    }

    /// @dev From the artifact: with `new`, via-IR would compile the whole market again into every test contract.
    function create(string memory name, bytes memory arguments) internal returns (address made) {
        bytes memory code = bytes.concat(vm.getCode(name), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        vm.assertTrue(made != address(0), "deployed");
    }

    // ---- acting ----

    function skip(uint256 duration) internal {
        time += duration;
        vm.warp(time);
    }

    function fund(address account, uint256 amount) internal {
        asset.mint(address(this), amount);
        asset.approve(address(market), amount);
        market.deposit(account, amount);
    }

    function consent(address owner_, uint256 key, uint16 class, uint256 deadline) internal view returns (bytes memory) {
        bytes32 typehash = keccak256("NodeConsent(address owner,address node,uint16 class,uint256 deadline)");
        return signTyped(key, keccak256(abi.encode(typehash, owner_, vm.addr(key), class, deadline)));
    }

    function signTyped(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        bytes32 domain = domainOf(address(market));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }

    function domainOf(address verifier) internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                    keccak256("depin Market"),
                    keccak256("1"),
                    block.chainid,
                    verifier
                )
            );
    }

    function register(address owner_, uint256 key) internal {
        bytes memory signature = consent(owner_, key, CLASS, time);
        vm.prank(owner_);
        market.register(vm.addr(key), CLASS, 8, MIN_STAKE, "metadata", "ipfs://node", time, signature);
    }

    /// @dev 1 dUSD for one container, half of it for a failure, to be claimed within 2 h.
    function someOrder() internal view returns (Order memory order) {
        order.consumer = consumer;
        order.salt = 1;
        order.lots = 1;
        order.tasksPerLot = 1;
        order.replicas = 1;
        order.quorum = 1;
        order.challengeFor = 600;
        order.maxRun = 3_600;
        order.postBy = START + 1 days;
        order.openFor = 7_200;
        order.taskRoot = "task root";
        order.startPrice = 1e6;
        order.maxPrice = 1e6;
        order.failBps = 5_000;
        order.class = CLASS;
        order.bond = 1e6;
        order.feeBps = 200;
        order.manifest = "manifest";
    }

    function post(Order memory order) internal returns (bytes32) {
        vm.prank(order.consumer);
        return market.post(order.pack(), "ipfs://bundle");
    }

    function claim(Order memory order, uint32 job, address node_) internal {
        vm.prank(node_);
        market.claim(order.pack(), job);
    }

    /// @dev A result that started at the claim and ends now.
    function resultOf(
        Order memory order,
        uint32 job,
        uint8 status,
        uint32 billed
    ) internal view returns (Result memory) {
        uint32 claimedAt = market.jobOf(order.pack(), job).claimedAt;
        return resultAt(status, claimedAt, uint32(time), billed);
    }

    function resultAt(
        uint8 status,
        uint32 startedAt,
        uint32 finishedAt,
        uint32 billed
    ) internal pure returns (Result memory result) {
        result.resultRoot = "result root";
        result.outputsDigest = "outputs";
        result.statementHash = "statement";
        int32 exitCode = status == Status.OK ? int32(0) : int32(-1);
        result.outcome = uint256(
            bytes32(abi.encodePacked(uint120(0), status, exitCode, startedAt, finishedAt, billed))
        );
    }

    function submit(Order memory order, uint32 job, address node_, Result memory result) internal {
        vm.prank(node_);
        market.submit(order.pack(), job, result);
    }

    /// @dev Runs a claimed job for `seconds_` and submits.
    /// @return receipt what settling it needs
    function finish(
        Order memory order,
        uint32 job,
        address node_,
        uint8 status,
        uint32 seconds_
    ) internal returns (Receipt memory receipt) {
        skip(seconds_);
        Result memory result = resultOf(order, job, status, seconds_);
        uint256 pay = expectedPay(order, market.jobOf(order.pack(), job).claimedAt, status, seconds_);
        submit(order, job, node_, result);
        bytes32 digest = market.digestOf(order.pack(), job, node_, result);
        return Receipt(job, node_, uint96(pay), uint32(time), digest);
    }

    function settle(Order memory order, Receipt memory receipt, address caller) internal {
        vm.prank(caller);
        market.settle(order.pack(), one(receipt));
    }

    /// @dev The pay formula once more, in plain words, for orders without a ramp.
    function expectedPay(Order memory order, uint256, uint8 status, uint256 billed) internal pure returns (uint256) {
        if (status == Status.OK) return order.metered ? order.maxPrice * billed : order.maxPrice;
        if (status > Status.STOPPED) return 0;
        if (order.metered) return (order.maxPrice * billed * order.failBps) / 10_000;
        return (order.maxPrice * billed * order.failBps) / (uint256(order.maxRun) * 10_000);
    }

    // ---- seeing ----

    function books() internal view returns (Books memory b) {
        (b.consumerFree, ) = market.accountOf(consumer);
        (b.ownerFree, b.ownerFees) = market.accountOf(owner);
        (b.keeperFree, ) = market.accountOf(keeper);
        (b.treasury, b.pool) = market.totals();
        NodeView memory n = market.nodeOf(node);
        (b.stake, b.locked, b.open) = (n.stake, n.locked, n.open);
    }

    function assertBooks(Books memory expected) internal view {
        Books memory b = books();
        vm.assertEq(b.consumerFree, expected.consumerFree, "consumer free");
        vm.assertEq(b.ownerFree, expected.ownerFree, "owner free");
        vm.assertEq(b.ownerFees, expected.ownerFees, "owner fees");
        vm.assertEq(b.keeperFree, expected.keeperFree, "keeper free");
        vm.assertEq(b.treasury, expected.treasury, "treasury");
        vm.assertEq(b.pool, expected.pool, "pool");
        vm.assertEq(b.stake, expected.stake, "stake");
        vm.assertEq(b.locked, expected.locked, "locked");
        vm.assertEq(b.open, expected.open, "open");
    }

    function assertState(Order memory order, uint32 job, JobState expected) internal view {
        vm.assertEq(uint256(market.jobOf(order.pack(), job).state), uint256(expected), "job state");
    }

    function assertStatus(address node_, NodeStatus expected) internal view {
        vm.assertEq(uint256(market.nodeOf(node_).status), uint256(expected), "node status");
    }

    /// @dev No path but a dispute jails a node yet, so tests write the status byte (slot 0 of the node, bits 208-215).
    function jail(address node_) internal {
        bytes32 slot = keccak256(abi.encode(node_, nodesSlot()));
        uint256 word = uint256(vm.load(address(market), slot));
        // The fraud that jails takes the stake and with it what is locked.
        word &= ~((uint256(1) << 160) - 1);
        word = (word & ~(uint256(0xff) << 208)) | (uint256(uint8(NodeStatus.JAILED)) << 208);
        vm.store(address(market), slot, bytes32(word));
    }

    /// @dev Finds the mapping by its effect, so that the number stands in one place only: SPEC.md.
    function nodesSlot() internal view returns (uint256 slot) {
        uint256 stake = market.nodeOf(node).stake;
        while (uint80(uint256(vm.load(address(market), keccak256(abi.encode(node, slot))))) != stake) ++slot;
    }

    // ---- shapes ----

    function one(Receipt memory receipt) internal pure returns (Receipt[] memory list) {
        list = new Receipt[](1);
        list[0] = receipt;
    }

    function one(uint32 job) internal pure returns (uint32[] memory list) {
        list = new uint32[](1);
        list[0] = job;
    }

    function refuse(bytes memory reason) internal {
        vm.expectRevert(reason);
    }
}
