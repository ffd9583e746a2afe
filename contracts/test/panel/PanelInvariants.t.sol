// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Vm} from "../base/Vm.sol";
import {PanelHandler} from "./PanelHandler.sol";

/// @notice Stateful fuzz of the panel arbiter on a real market. The seeded walk fails unless it comes to everything a panel can
/// come to, and unless a passer-by can then bring all to its end.
contract PanelInvariantsTest {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant MILESTONES = 20;
    bool public IS_TEST = true; // runners look for this getter

    PanelHandler private handler;

    function setUp() public {
        bytes memory code = vm.getCode("PanelHandler");
        address made;
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        vm.assertTrue(made != address(0), "deployed");
        handler = PanelHandler(made);
        handler.setUp();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(handler), handler.acts());
    }

    function invariant_12_panelsLoseAndMakeNoMoney() external view {
        handler.checkMoney();
    }

    function invariant_13_challengesCountOpenDisputes() external view {
        handler.checkChallenges();
    }

    function invariant_jurorsComeFromTheFrozenRosterAndVoteOnce() external view {
        handler.checkJurors();
        handler.checkRefused();
    }

    function test_14_AnyoneBringsEveryDisputeToItsEnd() external {
        bytes32[MILESTONES] memory names = milestones();
        uint256[MILESTONES] memory times;
        uint256 refused;
        for (uint256 seed = 0; seed < 8; ++seed) {
            setUp();
            bytes4[] memory acts = handler.acts();
            for (uint256 i = 0; i < 250; ++i) {
                uint256 step = uint256(keccak256(abi.encode(seed, i)));
                (bool success, bytes memory reason) = address(handler).call(
                    abi.encodeWithSelector(acts[step % acts.length], step >> 8)
                );
                vm.assertTrue(success, string.concat("an act failed: ", string(reason)));
                if (i % 50 == 0) checkAll();
            }
            checkAll();
            handler.endAll();
            checkAll();
            handler.checkEnded();
            for (uint256 i = 0; i < MILESTONES; ++i) times[i] += handler.timesOf(names[i]);
            refused += handler.timesOf("refused");
        }
        for (uint256 i = 0; i < MILESTONES; ++i) {
            vm.assertTrue(times[i] > 0, string.concat("never: ", string(bytes.concat(names[i]))));
        }
        vm.assertTrue(refused > 500, "what is forbidden is tried");
    }

    function checkAll() private view {
        handler.checkMoney();
        handler.checkChallenges();
        handler.checkJurors();
        handler.checkRefused();
    }

    function milestones() private pure returns (bytes32[MILESTONES] memory) {
        return
            [
                bytes32("full panel"),
                "short panel",
                "several at once",
                "valid",
                "invalid",
                "unavailable",
                "inconclusive",
                "missing before it was due",
                "silent juror",
                "out-voted",
                "abstained",
                "appeal",
                "appeal won",
                "appeal lost",
                "arbiter silent",
                "reclaim",
                "came back",
                "retired",
                "joined",
                "refused"
            ];
    }
}
