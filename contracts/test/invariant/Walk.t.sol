// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Checks} from "./Checks.sol";

/// @notice Seeded walks over the acts of the stateful fuzz: what they reach, and that everybody gets out in the end.
contract WalkTest is Checks {
    uint256 private constant MILESTONES = 45;

    /// @dev A handler whose acts never find anything to do would prove nothing.
    function test_WalksReachEveryEnd() external {
        bytes32[MILESTONES] memory names = milestones();
        uint256[MILESTONES] memory times;
        uint256 refused;
        for (uint256 seed = 0; seed < 12; ++seed) {
            setUp();
            walk(seed, 250);
            checkAll();
            for (uint256 i = 0; i < MILESTONES; ++i) {
                (, uint256 done) = handler.timesOf(names[i]);
                times[i] += done;
            }
            (uint256 intrusions, uint256 done_) = handler.timesOf("refused");
            vm.assertEq(done_, intrusions, "every intrusion is refused");
            refused += done_;
        }
        for (uint256 i = 0; i < MILESTONES; ++i) {
            vm.assertTrue(times[i] > 0, string.concat("never: ", string(bytes.concat(names[i]))));
        }
        vm.assertTrue(refused > 100, "intrusions are tried");
    }

    function test_11_EverybodyGetsOutOfAPausedMarket() external {
        for (uint256 seed = 0; seed < 4; ++seed) {
            setUp();
            walk(seed, 200);
            handler.endAllJobs();
            checkAll();
            assertAllEnded();
            handler.leaveAll();
            checkAll();
            (, uint256 pool) = market.totals();
            uint256 unowned = handler.ledger().donated;
            vm.assertEq(
                asset.balanceOf(address(market)),
                pool + unowned,
                "11: asset.balanceOf(market) = pool + donated"
            );
        }
    }

    function milestones() private pure returns (bytes32[MILESTONES] memory) {
        return
            [
                bytes32("post"),
                "claim",
                "beat",
                "stop",
                "submit",
                "settle",
                "expire",
                "advance",
                "close",
                "voidJob",
                "multicallJobs",
                "deposit",
                "withdraw",
                "sweep",
                "register",
                "addStake",
                "requestUnstake",
                "withdrawStake",
                "retire",
                "convict",
                "pauseNew",
                "reopen",
                "reclaim",
                "slash",
                "suspend",
                "order at fault",
                "stopped result",
                "commit",
                "reveal",
                "tally",
                "challenge",
                "resolve",
                "quorum",
                "no quorum",
                "minority",
                "never opened",
                "appeal",
                "appeal won",
                "withheld",
                "valid",
                "inconclusive",
                "several disputes",
                "arbiter silent",
                "juror slashed",
                "reclaim bond"
            ];
    }

    function walk(uint256 seed, uint256 steps) private {
        bytes4[] memory acts = handler.acts();
        for (uint256 i = 0; i < steps; ++i) {
            uint256 step = uint256(keccak256(abi.encode(seed, i)));
            bytes memory call = abi.encodeWithSelector(acts[step % acts.length], step >> 8);
            (bool success, bytes memory reason) = address(handler).call(call);
            vm.assertTrue(success, string.concat("an act failed: ", string(reason)));
        }
    }
}
