// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketErrors} from "../../interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../interfaces/IMarketEvents.sol";
import {JobState} from "../../types/JobSlot.sol";
import {Opening} from "../../types/Replica.sol";
import {Status} from "../../types/Result.sol";
import {Order} from "../../types/Terms.sol";
import {ReplicaTest} from "../base/ReplicaTest.sol";
import {TermsPacker} from "../base/TermsPacker.sol";

contract RevealTest is ReplicaTest {
    using TermsPacker for Order;

    function test_RevertGiven_TheJobIsNotCommitted() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "a");
        reveal(openings[0]);
        refuse(abi.encodeWithSelector(IMarketErrors.JobInState.selector, id, 0, JobState.REVEALED, 1 << 3));
        reveal(openings[0]);
    }

    function test_RevertWhen_TheSealIsAnother() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "a");
        openings[0].seal.claimedAt -= 1;
        refuse(abi.encodeWithSelector(IMarketErrors.SealMismatch.selector, id, 0));
        reveal(openings[0]);
    }

    function test_RevertWhen_TheCallerIsNotTheSealsNode() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "a");
        refuse(abi.encodeWithSelector(IMarketErrors.JobNotYours.selector, id, 0, nodes[0], keeper));
        vm.prank(keeper);
        market.reveal(order.pack(), openings[0].seal, openings[0].result, openings[0].salt);
    }

    function test_RevertGiven_TheCommitEndHasNotPassed() external {
        claimAll();
        Opening memory first = seal(0, "a", Status.OK);
        Opening memory second = seal(1, "a", Status.OK);
        refuse(abi.encodeWithSelector(IMarketErrors.RevealTooEarly.selector, id, 0, commitEnd()));
        reveal(first);
        seal(2, "a", Status.OK);
        reveal(second);
    }

    function test_GivenTheCommitEndHasPassed() external {
        claimAll();
        Opening memory first = seal(0, "a", Status.OK);
        skip(commitEnd() + 1 - time);
        reveal(first); // nobody expired the others yet
        assertState(order, 0, JobState.REVEALED);
    }

    function test_RevertWhen_ResultOrSaltAreNotWhatWasSealed() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "b", "c");
        openings[0].salt = "other";
        refuse(abi.encodeWithSelector(IMarketErrors.OpeningMismatch.selector, id, 0));
        reveal(openings[0]);
        openings[1].result = openings[2].result;
        refuse(abi.encodeWithSelector(IMarketErrors.OpeningMismatch.selector, id, 1));
        reveal(openings[1]);
    }

    function test_RevertWhen_TheResultIsOneNoSealMayHold() external {
        claimAll();
        Opening memory handedBack = seal(0, "a", Status.BAD_SPEC);
        Opening memory stopped = seal(1, "a", Status.STOPPED);
        seal(2, "a", Status.OK);
        refuse(abi.encodeWithSelector(IMarketErrors.OpeningMismatch.selector, id, 0));
        reveal(handedBack);
        refuse(abi.encodeWithSelector(IMarketErrors.OpeningMismatch.selector, id, 1));
        reveal(stopped); // nobody had asked it to
    }

    function test_WhenEverythingFits() external {
        claimAll();
        Opening[] memory openings = sealAll("a", "a", "b");
        vm.expectEmit(address(market));
        emit IMarketEvents.Revealed(id, 2, nodes[2], openings[2].result, openings[2].salt);
        reveal(openings[2]);
        assertState(order, 2, JobState.REVEALED);
        refuse(abi.encodeWithSelector(IMarketErrors.TallyOmits.selector, id, 2));
        tally(without(openings, 2));
    }
}
