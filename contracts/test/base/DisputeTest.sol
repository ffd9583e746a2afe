// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IPanelArbiter, PanelConfig, PanelView, Seat} from "../../interfaces/IPanelArbiter.sol";
import {Leaf} from "../../libraries/Leaf.sol";
import {DevnetUSD} from "../../token/DevnetUSD.sol";
import {LeafProof, Verdict} from "../../types/Dispute.sol";
import {Receipt} from "../../types/Receipt.sol";
import {Result, Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {MarketTest} from "./MarketTest.sol";
import {TermsPacker} from "./TermsPacker.sol";

/// @notice A market with a panel arbiter, ten owners with a node each, and one submitted job of two tasks.
abstract contract DisputeTest is MarketTest {
    using TermsPacker for Order;

    uint256 internal constant OWNERS = 10;
    uint256 internal constant FEE = 750_000; // 1.5 x 1 dUSD / 2 tasks
    uint256 internal constant BOND = 6 * FEE;
    uint256 internal constant APPEAL_BOND = 12 * FEE;
    uint256 internal constant SLICE = 200_000; // a fifth of the bond
    uint32 internal constant DRAW_DELAY = 30;
    uint32 internal constant SLACK = 3_600;
    uint32 internal constant DATA_FOR = 600;
    uint32 internal constant REVEAL_FOR = 1_800;
    uint32 internal constant APPEAL_FOR = 1_800;

    IPanelArbiter internal panel;
    address internal challenger = address(0xCA11);
    address internal appellant = address(0xA99E);
    Order internal order;
    bytes32 internal id;
    Result internal result;
    Receipt internal receipt;
    bytes32[2] internal specs = [bytes32("spec 0"), "spec 1"];
    bytes32[2] internal outputs = [bytes32("output 0"), "output 1"];

    function setUp() public virtual override {
        time = START;
        vm.warp(START);
        asset = DevnetUSD(create("DevnetUSD", ""));
        authority = AccessManager(create("AccessManager", abi.encode(this)));
        panel = IPanelArbiter(newPanel());
        market = deploy(address(asset), address(panel));
        market.setClass(CLASS, MIN_STAKE, STEP, "class document");
        fund(consumer, 1_000e6);
        fund(challenger, 100e6);
        fund(appellant, 100e6);
        for (uint256 i = 0; i < OWNERS; ++i) {
            fund(ownerAt(i), 200e6);
            register(ownerAt(i), keyAt(i));
        }
        (owner, node) = (ownerAt(0), nodeAt(0));
        skip(ACTIVATION + 1);

        order = someOrder();
        order.tasksPerLot = 2;
        order.taskRoot = join(Leaf.task(0, specs[0]), Leaf.task(1, specs[1]));
        id = post(order);
        skip(60); // everybody's turn
        claim(order, 0, node);
        skip(100);
        result = resultOf(order, 0, Status.OK, 100);
        result.resultRoot = join(resultLeaf(0), resultLeaf(1));
        submit(order, 0, node, result);
        receipt = Receipt(0, node, 1e6, uint32(time), market.digestOf(order.pack(), 0, node, result));
    }

    function newPanel() internal returns (address) {
        PanelConfig memory config = panelConfig();
        config.beacon = create("LocalBeacon", "");
        return create("PanelArbiter", abi.encode(config));
    }

    function panelConfig() internal pure returns (PanelConfig memory) {
        return PanelConfig(address(0), 4, 1_000, DRAW_DELAY, SLACK, DATA_FOR, REVEAL_FOR, APPEAL_FOR);
    }

    function ownerAt(uint256 i) internal pure returns (address) {
        return address(uint160(0x1000 + i));
    }

    function keyAt(uint256 i) internal pure returns (uint256) {
        return 0x5000 + i;
    }

    function nodeAt(uint256 i) internal pure returns (address) {
        return vm.addr(keyAt(i));
    }

    // ---- trees ----

    function resultLeaf(uint256 index) internal view returns (bytes32) {
        return Leaf.result(index, Leaf.task(index, specs[index]), outputs[index], Status.OK);
    }

    function join(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function proofOf(uint64 index) internal view returns (LeafProof memory proof) {
        proof.index = index;
        proof.specDigest = specs[index];
        proof.outputDigest = outputs[index];
        proof.status = Status.OK;
        proof.taskProof = new bytes32[](1);
        proof.taskProof[0] = Leaf.task(1 - index, specs[1 - index]);
        proof.resultProof = new bytes32[](1);
        proof.resultProof[0] = resultLeaf(1 - index);
    }

    // ---- acting ----

    function challenge(uint64 index) internal returns (bytes32) {
        return challengeAs(challenger, proofOf(index));
    }

    function challengeAs(address caller, LeafProof memory proof) internal returns (bytes32) {
        vm.prank(caller);
        return market.challenge(order.pack(), receipt, result, proof);
    }

    function appeal(bytes32 dispute) internal {
        vm.prank(appellant);
        market.appeal(order.pack(), receipt, dispute);
    }

    /// @dev Waits for the beacon and draws until all seats are filled.
    function seat(bytes32 dispute, uint8 round) internal {
        skip(DRAW_DELAY);
        while (panel.panelOf(dispute, round).commitBy == 0) panel.draw(dispute, "");
    }

    function jurorAt(bytes32 dispute, uint8 round, uint256 i) internal view returns (address) {
        return panel.panelOf(dispute, round).drawn[i].node;
    }

    function commitVote(bytes32 dispute, uint8 round, uint256 i, Verdict vote, bytes32 digest) internal {
        address juror = jurorAt(dispute, round, i);
        bytes32 commitment = keccak256(abi.encode(dispute, round, juror, vote, digest, bytes32("salt")));
        vm.prank(juror);
        panel.vote(dispute, commitment);
    }

    function revealVote(bytes32 dispute, uint8 round, uint256 i, Verdict vote, bytes32 digest) internal {
        address juror = jurorAt(dispute, round, i);
        vm.prank(juror);
        panel.reveal(dispute, vote, digest, "salt");
    }

    /// @dev The first jurors vote as told, the others stay silent. Everybody waits until data had its time.
    function judge(bytes32 dispute, uint8 round, Verdict[] memory votes) internal {
        seat(dispute, round);
        skip(DATA_FOR);
        for (uint256 i = 0; i < votes.length; ++i) commitVote(dispute, round, i, votes[i], "right");
        PanelView memory p = panel.panelOf(dispute, round);
        if (time < p.revealFrom) skip(p.revealFrom - time);
        for (uint256 i = 0; i < votes.length; ++i) revealVote(dispute, round, i, votes[i], "right");
        p = panel.panelOf(dispute, round);
        if (time < p.endedAt) skip(p.endedAt - time);
    }

    function conclude(bytes32 dispute, uint8 round) internal {
        if (round == 0) skip(APPEAL_FOR);
        panel.conclude(order.pack(), receipt, dispute);
    }

    function votes3(Verdict a, Verdict b, Verdict c) internal pure returns (Verdict[] memory list) {
        list = new Verdict[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    function same(Verdict vote, uint256 count) internal pure returns (Verdict[] memory list) {
        list = new Verdict[](count);
        for (uint256 i = 0; i < count; ++i) list[i] = vote;
    }

    /// @dev All that moved between two looks, to the unit.
    function freeOf(address account) internal view returns (uint256 free) {
        (free, ) = market.accountOf(account);
    }

    function jurorsFree(bytes32 dispute, uint8 round) internal view returns (uint256 sum) {
        Seat[] memory drawn = panel.panelOf(dispute, round).drawn;
        for (uint256 i = 0; i < drawn.length; ++i) sum += freeOf(market.nodeOf(drawn[i].node).owner);
    }
}
